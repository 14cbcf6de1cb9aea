"""A connection of one's own to PostgreSQL."""

from pathlib import Path
from typing import Any

import pytest
from django.db.utils import ConnectionHandler

from framework.conf import DatabaseConfig, connect_directly, postgresql


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what the driver is given; nothing is connected to."""
    parameters: dict[str, Any] = {}
    configured = DatabaseConfig(url="postgres://ada:hunter2@db.example:5433/shop?sslmode=require")
    monkeypatch.setattr(postgresql, "connections", ConnectionHandler({"default": configured.django(Path())}))
    monkeypatch.setattr("psycopg.connect", lambda **given: parameters.update(given))
    return parameters


def test_the_driver_is_given_what_the_url_says_and_nothing_of_djangos(given: dict[str, Any]) -> None:
    connect_directly("default")

    assert {name: given[name] for name in ("host", "port", "user", "password", "dbname", "sslmode")} == {
        "host": "db.example",
        "port": 5433,
        "user": "ada",
        "password": "hunter2",
        "dbname": "shop",
        "sslmode": "require",
    }
    assert set(given) & {"pool", "cursor_factory", "context"} == set()


def test_it_commits_by_itself_and_takes_options_of_the_driver(given: dict[str, Any]) -> None:
    connect_directly("default", application_name="watcher", connect_timeout=1)

    assert given["autocommit"] is True
    assert (given["application_name"], given["connect_timeout"]) == ("watcher", 1)
