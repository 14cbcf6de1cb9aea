"""Every render passes its own checks, with no variable set and no server, and they change nothing."""

import secrets

import pytest

from tests.project import Project

GATES = [
    ["uv", "sync", "--locked", "--inexact"],  # what other tests need beside stays
    ["uv", "run", "--no-sync", "ruff", "check"],
    ["uv", "run", "--no-sync", "ruff", "format", "--check"],
    ["uv", "run", "--no-sync", "mypy", "."],
    ["uv", "run", "--no-sync", "lint-imports"],
    ["uv", "run", "--no-sync", "manage.py", "check", "--fail-level", "WARNING"],
    ["uv", "run", "--no-sync", "manage.py", "makemigrations", "--check"],
]


@pytest.fixture(scope="module")
def types_cache(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variable that lets mypy look only once at what renders have in common."""
    return {"MYPY_CACHE_DIR": str(tmp_path_factory.mktemp("types"))}


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: " ".join(gate).replace("uv run --no-sync ", ""))
def test_a_fresh_render_passes_its_own_gate(project: Project, gate: list[str], types_cache: dict[str, str]) -> None:
    project.run(*gate, variables=types_cache).must_succeed()

    assert project.changes() == ""


def test_a_fresh_render_is_fit_for_production(project: Project) -> None:
    project.uv_run(
        "manage.py",
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        variables={"ENVIRONMENT": "production", "SECRET_KEY": secrets.token_urlsafe(50)},
    ).must_succeed()

    assert project.changes() == ""
