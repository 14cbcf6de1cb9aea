"""The ``.env`` file."""

from pathlib import Path

import pytest

from .conftest import Load, Problems


def test_the_file_is_read(load: Load, env_file: Path) -> None:
    env_file.write_text("LOG_LEVEL=warning\n", encoding="utf-8")

    assert load().logging.level == "WARNING"


def test_the_environment_wins_over_the_file(load: Load, env_file: Path) -> None:
    env_file.write_text("LOG_LEVEL=WARNING\n", encoding="utf-8")

    assert load(LOG_LEVEL="ERROR").logging.level == "ERROR"


def test_tests_do_not_read_the_file(load: Load, env_file: Path) -> None:
    env_file.write_text("TELEGRAM_BOT_TOKEN=123:real\nDATABSE_URL=x\n", encoding="utf-8")

    assert load(ENVIRONMENT="test").telegram.bot_token is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [("DATABSE_URL", "DATABASE_URL"), ("BROKER_ULR", "BROKER_URL"), ("SECRETKEY", "SECRET_KEY")],
)
def test_a_misspelt_variable_is_told_with_the_one_that_was_meant(
    problems: Problems, env_file: Path, written: str, meant: str
) -> None:
    env_file.write_text(f"{written}=hunter2\n", encoding="utf-8")

    assert problems() == (f".env: {written} is not a variable of this project; did you mean {meant}?",)


def test_variables_of_other_tools_are_left_alone(load: Load, env_file: Path) -> None:
    env_file.write_text("POSTGRES_PASSWORD=x\nCOMPOSE_PROJECT_NAME=shop\nEDITOR=vi\n", encoding="utf-8")

    load()


def test_a_line_that_cannot_be_read_is_told_without_what_it_says(problems: Problems, env_file: Path) -> None:
    env_file.write_text("LOG_LEVEL=INFO\nSECRET_KEY 'hunter2\n", encoding="utf-8")

    assert problems() == (".env, line 2: cannot be read; write lines like DEBUG=true",)


def test_a_file_in_another_encoding_is_told(problems: Problems, env_file: Path) -> None:
    env_file.write_bytes("EMAIL_SENDER=müller@example.com\n".encode("latin-1"))

    assert problems() == (".env: the file is not written in UTF-8; save it as UTF-8",)
