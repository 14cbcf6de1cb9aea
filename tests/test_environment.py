"""A wrong variable is told in one line that names it, before anything is written."""

import pytest

from tests.project import Project

LONG_KEY = "k3y-" * 15 + "abcdefghij"

WRONG_ENVIRONMENTS = [
    ({"ENVIRONMENT": "prod"}, ["ENVIRONMENT"]),
    ({"DEBUG": "perhaps"}, ["DEBUG"]),
    ({"DATABASE_URL": "mysql://localhost/shop"}, ["DATABASE_URL"]),
    ({"DATABASE_URL": "postgres://user:hush-hush@localhost:port/shop"}, ["DATABASE_URL"]),
    ({"REDIS_URL": "localhost:6379"}, ["REDIS_URL"]),
    ({"BROKER_URL": "kafka://localhost"}, ["BROKER_URL"]),
    ({"WORKER_THREADS": "0"}, ["WORKER_THREADS"]),
    ({"WORKER_PROCESSES": "many"}, ["WORKER_PROCESSES"]),
    ({"LOG_LEVEL": "LOUD"}, ["LOG_LEVEL"]),
    ({"LOG_FORMAT": "xml"}, ["LOG_FORMAT"]),
    ({"EMAIL_URL": "pop3://user:hush-hush@localhost"}, ["EMAIL_URL"]),
    ({"CACHE_MEMORY_BYTES": "64MB"}, ["CACHE_MEMORY_BYTES"]),
    ({"MIDDLEWARE_HEALTH": "2"}, ["MIDDLEWARE_HEALTH"]),
    ({"HSTS_SECONDS": "-1"}, ["HSTS_SECONDS"]),
    ({"ENVIRONMENT": "production"}, ["SECRET_KEY"]),
    ({"ENVIRONMENT": "production", "SECRET_KEY": "short"}, ["SECRET_KEY"]),
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
    """Return every file in the project."""
    return {str(path) for path in project.folder.rglob("*") if ".git" not in path.parts}
