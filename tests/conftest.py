"""Rendering the template the way a user does, from what git would deliver."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project import EXAMPLE_APPS, ROOT, Project, ignored_environment

# From fast to slow, so that a broken template is told in seconds.
ORDER = ["source", "answers", "quickstart", "render", "environment", "quality", "life", "story"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort test files by what they cost."""

    def cost(item: pytest.Item) -> int:
        name = item.path.stem.removeprefix("test_")
        return ORDER.index(name) if name in ORDER else len(ORDER)

    items.sort(key=cost)


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """Take away variables of the caller that would change what a render does; let it find the uv that runs us."""
    with pytest.MonkeyPatch.context() as patch:
        if "UV" in os.environ:
            patch.setenv("PATH", str(Path(os.environ["UV"]).parent), prepend=os.pathsep)
        for name in ignored_environment():
            patch.delenv(name)
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template without what git ignores: no cache, no database, no environment."""
    copy = tmp_path_factory.mktemp("template")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="session")
def shared_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where all renders keep their packages: their locks are the same."""
    return tmp_path_factory.mktemp("packages") / "venv"


@pytest.fixture(scope="session", params=EXAMPLE_APPS)
def project(
    request: pytest.FixtureRequest, template: Path, shared_venv: Path, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """Return a fresh render, committed to git, its packages installed; one for each combination of choices."""
    return make_project(template, tmp_path_factory.mktemp(request.param), shared_venv, example_app=request.param)


@pytest.fixture(scope="session")
def orders_project(template: Path, shared_venv: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a fresh render with the example application."""
    return make_project(template, tmp_path_factory.mktemp("orders"), shared_venv, example_app="orders")


def make_project(template: Path, folder: Path, venv: Path, **answers: str) -> Project:
    """Render, commit and install a project called ``fresh_shop``."""
    answers = {"project_name": "Fresh Shop"} | answers
    command = [sys.executable, "-m", "cookiecutter", "--no-input", "--default-config", "--output-dir", str(folder)]
    subprocess.run([*command, str(template), *(f"{name}={value}" for name, value in answers.items())], check=True)
    project = Project(folder / "fresh_shop", venv)
    for step in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "Fresh"]):
        project.run("git", *step).must_succeed()
    project.run("uv", "sync", "--locked", "--quiet", "--group", "typing", timeout=600).must_succeed()
    return project


def pytest_report_header() -> str:
    """Say which interpreter the renders will use."""
    return f"renders use: UV_PYTHON={os.environ.get('UV_PYTHON', '(uv decides)')}"
