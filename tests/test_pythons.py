"""Each supported Python at hand, by its oldest and newest patch release, besides the one of all other tests."""

import os
from collections.abc import Iterator
from typing import Final

import pytest

import quickstart
from tests.project import Project

VERSION: Final = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
# None of these waits for anything, or takes long.
SLOW: Final = ("database", "redis", "postgres", "rabbitmq", "browser", "chaos", "random")
QUICK: Final = " and ".join(f"not {marker}" for marker in SLOW)


def at_hand() -> dict[tuple[int, ...], str]:
    """Return the interpreters that fit the project, by version, without the one that the other tests use."""
    uv = os.environ.get("UV", "uv")
    found: dict[tuple[int, ...], str] = {}
    for python in quickstart.interpreters(uv):
        if not quickstart.attempt([python, "-c", quickstart.IS_SUITABLE]).returncode:
            found.setdefault(_version(python), python)
    if used := os.environ.get("UV_PYTHON"):
        found.pop(_version(used), None)
    return found


def supported() -> Iterator[tuple[str, str]]:
    """Yield the name and the path of the oldest and the newest of each minor version."""
    found = at_hand()
    for minor in sorted({version[:2] for version in found}):
        patches = sorted(version for version in found if version[:2] == minor)
        for version in sorted({patches[0], patches[-1]}):
            yield ".".join(map(str, version)), found[version]


def _version(python: str) -> tuple[int, ...]:
    said = quickstart.output_of([python, "-c", VERSION])
    return tuple(int(part) for part in said.split(".")) if said else ()


@pytest.mark.parametrize("python", [pytest.param(path, id=name) for name, path in supported()])
def test_lint_types_and_quick_tests_pass(
    python: str, orders_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = Project(orders_project.folder, tmp_path_factory.mktemp("packages") / "venv")
    this = {"UV_PYTHON": python}
    project.run("uv", "sync", "--locked", "--quiet", "--group", "typing", variables=this).must_succeed()

    for command in (["ruff", "check"], ["mypy", "."], ["pytest", "-q", "-n", "2", "-m", QUICK, "tests/unit"]):
        project.uv_run(*command, variables=this).must_succeed()
