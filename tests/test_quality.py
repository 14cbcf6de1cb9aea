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


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: " ".join(gate).replace("uv run --no-sync ", ""))
def test_a_fresh_render_passes_its_own_gate(project: Project, gate: list[str]) -> None:
    project.run(*gate).must_succeed()

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
