"""A connection of one's own to PostgreSQL."""

from pathlib import Path
from typing import Any

import pytest
from django.db.utils import ConnectionHandler
from pydantic import ValidationError

from framework.conf import DatabaseConfig, connect_directly, postgresql


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what the driver is given; nothing is connected to."""
    parameters: dict[str, Any] = {}
    configured = DatabaseConfig(url="postgres://ada:hunter2@db.example:5433/shop?sslmode=require")
    monkeypatch.setattr(postgresql, "connections", ConnectionHandler({"default": configured.django(Path())}))
    connect = staticmethod(lambda **given: parameters.update(given))
    monkeypatch.setattr("framework.postgresql.patience.Driver.connect", connect)
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


POOLER = "postgres://ada:hunter2@pooler.example:6432/shop"


def test_it_goes_past_a_pooler(monkeypatch: pytest.MonkeyPatch, given: dict[str, Any]) -> None:
    configured = DatabaseConfig(url=POOLER, direct_url="postgres://bob@db.example:5433/shop?sslmode=require")
    handler = ConnectionHandler({"default": configured.django(Path())})
    monkeypatch.setattr(postgresql, "connections", handler)

    connect_directly("default")

    found = {name: given[name] for name in ("host", "port", "user", "password", "dbname", "sslmode")}
    assert found == {
        "host": "db.example",
        "port": 5433,
        "user": "bob",
        "password": "hunter2",
        "dbname": "shop",
        "sslmode": "require",
    }
    assert handler["default"].settings_dict["HOST"] == "pooler.example"
    assert handler["default"].settings_dict["DISABLE_SERVER_SIDE_CURSORS"]
    assert postgresql.is_pooled(handler["default"])


@pytest.mark.parametrize("url", [None, "sqlite:///db.sqlite3"])
def test_a_way_past_a_pooler_that_is_not_there_is_refused(url: str | None) -> None:
    with pytest.raises(ValidationError, match="DATABASE_URL leads to none"):
        DatabaseConfig(url=url, direct_url=POOLER)
