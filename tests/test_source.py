"""The template's source is a real project: every tool can read it as it stands."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.project import EXAMPLE_APPS, ROOT, SOURCE

# Windows refuses these in a name, besides a space or a dot at its end. The source's own folder is no rendered name.
REFUSED_BY_WINDOWS = re.compile(r'[<>:"|?*\\]|[ .]$')
RESERVED_BY_WINDOWS = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


@pytest.fixture(scope="module")
def names(template: Path) -> list[str]:
    """Return every file of the project's source."""
    source = template / SOURCE.name
    return sorted(path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file())


def test_every_python_file_parses_and_holds_no_template_tag(names: list[str]) -> None:
    for name in names:
        if name.endswith(".py"):
            text = (SOURCE / name).read_text(encoding="utf-8")

            assert not re.search(r"\{\{|\{%", text), name
            ast.parse(text, filename=name)


def test_every_toml_file_parses(names: list[str]) -> None:
    for name in names:
        if name.endswith((".toml", "uv.lock")):
            tomllib.loads((SOURCE / name).read_text(encoding="utf-8"))


def test_every_name_works_on_windows(names: list[str]) -> None:
    for name in names:
        parts = name.split("/")

        assert len(f"{'x' * 30}/{name}") < 120, name
        assert not any(REFUSED_BY_WINDOWS.search(part) for part in parts), name
        assert not any(part.lower().partition(".")[0] in RESERVED_BY_WINDOWS for part in parts), name

    assert len({name.lower() for name in names}) == len(names)


def test_every_file_ends_its_lines_with_a_newline(names: list[str]) -> None:
    for name in names:
        content = (SOURCE / name).read_bytes()
        if b"\0" not in content:
            assert b"\r" not in content, name
            assert not content or content.endswith(b"\n"), name


def test_the_manifest_names_real_files_and_real_answers(template: Path) -> None:
    manifest = tomllib.loads((SOURCE / "choices.toml").read_text(encoding="utf-8"))

    assert set(manifest) == {"example_app"}
    assert set(manifest["example_app"]) == set(EXAMPLE_APPS)
    for answers in manifest.values():
        for paths in answers.values():
            assert [path for path in paths if not (template / SOURCE.name / path).exists()] == []


def test_the_templates_own_python_is_linted_formatted_and_typed() -> None:
    sources = ["benchmarks", "hooks", "local_extensions.py", "quickstart.py", "tests", "tools"]
    for command in (["ruff", "check", *sources], ["ruff", "format", "--check", *sources], ["mypy"]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout + done.stderr
