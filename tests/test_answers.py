"""A wrong answer gets one message that says what is wrong, and leaves nothing behind."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.project import ROOT, SOURCE

WRONG_ANSWERS = [
    ({"project_slug": "2shop"}, ["project_slug '2shop' is no plain lowercase name"]),
    ({"project_slug": "My-Shop"}, ["project_slug 'My-Shop' is no plain lowercase name"]),
    ({"project_slug": "shop_"}, ["project_slug 'shop_' is no plain lowercase name"]),
    ({"project_slug": "../shop"}, ["project_slug '../shop' is no plain lowercase name"]),
    ({"project_slug": "a/b"}, ["project_slug 'a/b' is no plain lowercase name"]),
    ({"project_slug": "x" * 31}, ["has 31 characters, at most 30 are possible"]),
    ({"project_slug": "y" * 300}, ["has 300 characters, at most 30 are possible"]),
    ({"project_slug": "class"}, ["project_slug 'class' is a keyword"]),
    ({"project_slug": "json"}, ["project_slug 'json' is a module of Python's standard library"]),
    ({"project_slug": "django"}, ["project_slug 'django' is a package the project depends on"]),
    ({"project_slug": "django_redis"}, ["project_slug 'django_redis' is a package the project depends on"]),
    ({"project_slug": "framework"}, ["project_slug 'framework' is a name the project uses itself"]),
    ({"author_email": "nobody"}, ["author_email 'nobody' is no e-mail address"]),
    ({"author_email": "a@b@example.com"}, ["author_email 'a@b@example.com' is no e-mail address"]),
    ({"domain_name": "https://example.com"}, ["domain_name 'https://example.com' is no domain name"]),
    ({"domain_name": "example"}, ["domain_name 'example' is no domain name"]),
    ({"project_name": " ", "project_slug": "shop"}, ["project_name ' ' is empty"]),
    ({"project_name": 'The "Shop"'}, ['holds a " or a \\']),
    ({"description": "Two\nlines"}, ["description 'Two\\nlines' holds a line break"]),
    ({"license": "MIT; DROP"}, ["license 'MIT; DROP' is no SPDX licence name"]),
    (
        {"project_slug": "import", "author_email": "x", "domain_name": "-", "author_name": "back\\slash"},
        ["project_slug 'import'", "author_email 'x'", "domain_name '-'", "author_name 'back\\\\slash'"],
    ),
]


@pytest.mark.parametrize(
    ("answers", "sentences"), WRONG_ANSWERS, ids=[" ".join(each[0])[:40] for each in WRONG_ANSWERS]
)
def test_a_wrong_answer_is_refused_in_one_message(
    template: Path, tmp_path: Path, answers: dict[str, str], sentences: list[str]
) -> None:
    output = tmp_path / "output"
    output.mkdir()

    done = cookiecutter(template, output, answers)

    assert done.returncode == 1
    assert done.stderr.startswith("These answers cannot be used:\n")
    assert [line for line in sentences if line not in done.stderr] == []
    assert len(re.findall(r"^  \w+ .*; (?:try|give|leave) .*\.$", done.stderr, re.MULTILINE)) == len(sentences)
    assert "Traceback" not in done.stdout + done.stderr
    assert [*tmp_path.rglob("*")] == [output]


def test_an_empty_slug_leaves_nothing_behind(template: Path, tmp_path: Path) -> None:
    done = cookiecutter(template, tmp_path, {"project_slug": ""})

    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert [*tmp_path.iterdir()] == []


def test_names_from_every_script_and_unusual_text_are_taken(template: Path, tmp_path: Path) -> None:
    answers = {"project_name": "Café 'Größe' & Söhne <№1>", "author_name": "Ōe {Kenzaburō} #1"}

    done = cookiecutter(template, tmp_path, answers)

    assert done.returncode == 0, done.stderr
    [folder] = tmp_path.iterdir()
    table = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    assert table["tool"]["site"]["title"] == answers["project_name"]
    assert table["project"]["authors"] == [{"name": answers["author_name"], "email": "you@example.com"}]


def test_every_locked_package_is_refused_as_a_name() -> None:
    hook = (ROOT / "hooks" / "pre_gen_project.py").read_text(encoding="utf-8")
    block = re.search(r'INSTALLED_NAMES = """(.*?)"""', hook, re.DOTALL)
    locked = tomllib.loads((SOURCE / "uv.lock").read_text(encoding="utf-8"))["package"]

    refused = set(block[1].split()) if block else set()

    packages = {package["name"].replace("-", "_") for package in locked if package["source"] != {"virtual": "."}}
    assert sorted(packages - refused) == []


def cookiecutter(template: Path, output: Path, answers: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Answer the template's questions on the command line."""
    command = [sys.executable, "-m", "cookiecutter", "--no-input", "--default-config", "--output-dir", str(output)]
    return subprocess.run(
        [*command, str(template), *(f"{name}={value}" for name, value in answers.items())],
        capture_output=True,
        text=True,
        check=False,
    )
