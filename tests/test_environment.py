"""A wrong variable is told in one line that names it, before anything is written."""

import pytest

from tests.project import Project

LONG_KEY = "k3y-" * 15 + "abcdefghij"

# Each wrong value by itself is told of without a process, by the project's own tests.
WRONG_ENVIRONMENTS = [
    ({"DATABASE_URL": "postgres://user:hush-hush@localhost:port/shop"}, ["DATABASE_URL"]),
    ({"ENVIRONMENT": "production", "SECRET_KEY": LONG_KEY, "DEBUG": "true"}, ["DEBUG"]),
    (
        {"LOG_LEVEL": "LOUD", "BROKER_URL": "kafka://localhost", "WORKER_THREADS": "0"},
        ["BROKER_URL", "WORKER_THREADS", "LOG_LEVEL"],
    ),
]


@pytest.mark.parametrize(
    ("variables", "named"),
    WRONG_ENVIRONMENTS,
    ids=[" ".join(f"{name}={value[:12]}" for name, value in each[0].items()) for each in WRONG_ENVIRONMENTS],
)
def test_a_wrong_value_gets_one_line_and_changes_nothing(
    orders_project: Project, variables: dict[str, str], named: list[str]
) -> None:
    before = written(orders_project)

    outcome = orders_project.uv_run("manage.py", "check", variables=variables)

    assert outcome.status == 2, outcome.output
    assert len(outcome.stderr.splitlines()) == len(named), outcome.stderr
    assert [name for name in named if f"Configuration: {name}" not in outcome.stderr] == []
    assert "hush-hush" not in outcome.output
    assert written(orders_project) == before


def written(project: Project) -> set[str]:
    """Return every file in the project but what git and the interpreter keep for themselves."""
    return {str(path) for path in project.folder.rglob("*") if not {".git", "__pycache__"} & set(path.parts)}
