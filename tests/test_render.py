"""A render holds what was chosen, nothing else, and nothing of the template."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.project import EXAMPLE_APPS, SOURCE


@pytest.fixture(scope="module", params=EXAMPLE_APPS)
def chosen(request: pytest.FixtureRequest) -> str:
    """Return one answer to the only choice."""
    return str(request.param)


@pytest.fixture(scope="module")
def folder(template: Path, chosen: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a render's folder."""
    return render(template, tmp_path_factory.mktemp(chosen), chosen)


def test_nothing_of_what_was_not_chosen_remains(folder: Path, chosen: str) -> None:
    manifest = tomllib.loads((SOURCE / "choices.toml").read_text(encoding="utf-8"))

    for answers in manifest.values():
        for answer, paths in answers.items():
            assert [path for path in paths if (folder / path).exists() != (answer == chosen)] == []


def test_without_the_example_no_python_file_knows_it(folder: Path, chosen: str) -> None:
    if chosen == "none":
        for path in folder.rglob("*.py"):
            assert not re.search(r"""apps[./]orders|["']orders:""", path.read_text(encoding="utf-8")), path


def test_no_word_of_the_template_remains(folder: Path) -> None:
    for path in folder.rglob("*"):
        assert path.name not in {"choices.toml", "__pycache__"}
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            found = re.search(r"ashlar|cookiecutter|# only: ", text, re.IGNORECASE)
            assert not found, f"{path}: {found and found[0]}"


def test_what_tools_left_in_the_source_is_not_rendered(template: Path, tmp_path: Path) -> None:
    source = tmp_path / "template"
    shutil.copytree(template, source)
    for name in (".mypy_cache/3.13/module.db", "framework/__pycache__/lazy.pyc", ".coverage", ".venv/bin/python"):
        leftover = source / SOURCE.name / name
        leftover.parent.mkdir(parents=True, exist_ok=True)
        leftover.write_bytes(b"\x90{{ no_variable }}")

    folder = render(source, tmp_path, "orders")

    assert not [name for name in (".mypy_cache", ".coverage", ".venv") if (folder / name).exists()]
    assert [*folder.rglob("__pycache__")] == []


def test_everything_that_was_not_chosen_away_is_rendered(folder: Path, template: Path) -> None:
    manifest = tomllib.loads((SOURCE / "choices.toml").read_text(encoding="utf-8"))
    optional = tuple(path for answers in manifest.values() for paths in answers.values() for path in paths)
    source = template / SOURCE.name

    expected = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()} - {"choices.toml"}
    rendered = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    assert {path for path in expected ^ rendered if not path.startswith(optional)} == set()


def test_two_renders_are_equal_to_the_byte(folder: Path, template: Path, chosen: str, tmp_path: Path) -> None:
    again = render(template, tmp_path, chosen)

    first, second = (
        {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (folder, again)
    )
    assert first == second


def test_the_project_carries_its_answers(folder: Path) -> None:
    table = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    lock = tomllib.loads((folder / "uv.lock").read_text(encoding="utf-8"))

    assert table["project"]["name"] == "corner_shop"
    assert table["tool"]["site"] == {
        "name": "corner_shop",
        "title": "Corner Shop",
        "domain": "shop.example.org",
        "contact": "ada@example.org",
    }
    assert [each["name"] for each in lock["package"] if each["source"] == {"virtual": "."}] == ["corner-shop"]


def test_the_index_of_the_docs_links_every_page_and_no_other(folder: Path) -> None:
    index = (folder / "docs" / "README.md").read_text(encoding="utf-8")

    linked = re.findall(r"\]\(([\w-]+\.md)\)", index)

    assert sorted(linked) == sorted({path.name for path in (folder / "docs").glob("*.md")} - {"README.md"})


@pytest.mark.parametrize("licence", ["MIT", "Apache-2.0"])
def test_the_licence_names_the_author(template: Path, tmp_path: Path, licence: str) -> None:
    folder = render(template, tmp_path, "none", license=licence)

    text = (folder / "LICENSE").read_text(encoding="utf-8")

    assert "Copyright (c) Ada" in text
    assert ("Permission is hereby granted" in text) is (licence == "MIT")
    assert (licence in text) or licence == "MIT"


def render(template: Path, output: Path, example_app: str, **answers: str) -> Path:
    """Render and return the project's folder."""
    answers = {
        "project_name": "Corner Shop",
        "author_name": "Ada",
        "author_email": "ada@example.org",
        "domain_name": "shop.example.org",
        "example_app": example_app,
    } | answers
    command = [sys.executable, "-m", "cookiecutter", "--no-input", "--default-config", "--output-dir", str(output)]
    subprocess.run([*command, str(template), *(f"{name}={value}" for name, value in answers.items())], check=True)
    return output / "corner_shop"
