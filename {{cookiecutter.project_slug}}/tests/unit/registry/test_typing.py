"""What type checkers see of the registry: plain imports."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.conf.environment import ROOT
from tests.requirement import need

SCRIPTS = Path(sys.executable).parent

RIGHT = """
from framework.registry import DjangoConfig, DjangoTelegram, get_logger

get_logger("shop").info("opened")
kind: type[DjangoConfig] = DjangoConfig
sender: type = DjangoTelegram
"""
WRONG = """
from framework.registry import DjangoConfig, get_logger
from framework.registry import DjangoTelegramm

get_logger(42)
DjangoConfig.no_such_method()
"""
PLANTED = {3, 5, 6}


def mypy(file: Path) -> list[str]:
    # What is known of the project from other runs is used.
    return ["mypy", str(file)]


def basedpyright(file: Path) -> list[str]:
    return ["basedpyright", "--level", "error", "--pythonpath", sys.executable, str(file)]


def ty(file: Path) -> list[str]:
    return ["ty", "check", "--output-format", "concise", "--python", sys.prefix, str(file)]


@pytest.mark.parametrize("checker", [mypy, basedpyright, ty], ids=lambda checker: str(checker.__name__))
def test_three_planted_errors_are_found_and_nothing_else(tmp_path: Path, checker: Callable[[Path], list[str]]) -> None:
    program = SCRIPTS / checker.__name__
    need(program.exists(), f"{program.name}: uv sync --group typing")

    assert errors(checker, tmp_path, RIGHT) == set()
    assert errors(checker, tmp_path, WRONG) == PLANTED


def errors(checker: Callable[[Path], list[str]], folder: Path, code: str) -> set[int]:
    """Return the lines of ``code`` that a checker complains of."""
    file = folder / "snippet.py"
    file.write_text(code, encoding="utf-8")
    program, *options = checker(file)
    done = subprocess.run([SCRIPTS / program, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return {int(line) for line in re.findall(r"snippet\.py:(\d+).*error", done.stdout)}
