"""Addresses of servers are parsed as they are meant."""

from pathlib import Path

import pytest
from redis.connection import parse_url

from framework.conf.redis_url import split_sentinel_url

from .conftest import Load

STATE = Path("/state")


@pytest.mark.parametrize(
    ("url", "host", "port", "password"),
    [
        ("postgres://user:p%40ss%23%2F@localhost:5433/shop", "localhost", 5433, "p@ss#/"),
        ("postgres://user:p@ss@localhost/shop", "localhost", "", "p@ss"),
        ("postgres://user:p/s@s#w?r%d%40@localhost/shop", "localhost", "", "p/s@s#w?r%d@"),
        ("postgres://user:p/s@s@[::1]:5432/shop", "::1", 5432, "p/s@s"),
        ("postgresql://user:pass@[::1]:5432/shop", "::1", 5432, "pass"),
        ("postgres://%2Fvar%2Frun%2Fpostgresql/shop", "/var/run/postgresql", "", ""),
        ("postgres:///shop", "", "", ""),
    ],
)
def test_a_postgresql_url_becomes_djangos_settings(
    load: Load, url: str, host: str, port: int | str, password: str
) -> None:
    entry = load(DATABASE_URL=url).database.django(STATE)

    assert entry["ENGINE"] == "framework.postgresql"
    assert (entry["NAME"], entry["HOST"], entry["PORT"], entry["PASSWORD"]) == ("shop", host, port, password)


def test_options_of_a_postgresql_url_are_kept(load: Load) -> None:
    entry = load(DATABASE_URL="postgres://localhost/shop?sslmode=require").database.django(STATE)

    assert entry["OPTIONS"]["sslmode"] == "require"
    assert entry["OPTIONS"]["pool"]


def test_connections_that_are_kept_use_no_pool(load: Load) -> None:
    entry = load(DATABASE_URL="postgres://localhost/shop", DATABASE_CONN_MAX_AGE="60").database.django(STATE)

    assert entry["CONN_MAX_AGE"] == 60
    assert "pool" not in entry["OPTIONS"]


def test_without_a_url_the_database_is_a_file_in_the_state_folder(load: Load) -> None:
    assert load().database.django(STATE)["NAME"] == "/state/db.sqlite3"


@pytest.mark.parametrize(
    ("url", "name"),
    [("sqlite:////data/shop.sqlite3", "/data/shop.sqlite3"), ("sqlite://:memory:", ":memory:")],
)
def test_a_sqlite_url_names_its_file(load: Load, url: str, name: str) -> None:
    assert load(DATABASE_URL=url).database.django(STATE)["NAME"] == name


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://:p%40ss@[::1]:6380/3",
        "rediss://user:pass@cache.example.com:6380/0",
        "unix:///run/redis.sock?db=2",
        "redis+sentinel://one,[::1]:26380/shop",
        "rediss+sentinel://user:p/ss@1@one:26379,two:26379/shop/3?sentinel_password=guard&socket_timeout=2",
    ],
)
def test_redis_urls_are_accepted_for_cache_and_tasks(load: Load, url: str) -> None:
    config = load(REDIS_URL=url, BROKER_URL=url)

    assert config.cache.redis_url is not None
    assert config.tasks.broker == "redis"


def test_a_url_with_sentinels_is_taken_apart() -> None:
    found = split_sentinel_url(
        "redis+sentinel://me:p%40ss@one:26380,[::1]/shop/3?sentinel_username=us&socket_timeout=2"
    )

    assert found.sentinels == (("one", 26380), ("::1", 26379))
    assert found.service == "shop"
    assert found.redis == "redis://me:p%40ss@redis/3?socket_timeout=2"
    assert found.options == {"username": "us"}


def test_a_password_in_a_redis_url_may_hold_a_hash(load: Load) -> None:
    url = load(REDIS_URL="redis://:12#34%@localhost/1").cache.redis_url

    assert url is not None
    assert parse_url(url.get_secret_value()) == {"host": "localhost", "db": 1, "password": "12#34%"}


@pytest.mark.parametrize(
    "url", ["amqp://localhost", "amqp://user:p%40ss@[::1]:5672/%2Fshop", "amqps://user:pass@broker.example.com/shop"]
)
def test_rabbitmq_urls_are_accepted(load: Load, url: str) -> None:
    assert load(BROKER_URL=url).tasks.broker == "rabbitmq"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://localhost", {"port": 25, "use_tls": False, "use_ssl": False, "username": ""}),
        ("smtp+tls://me%40x:p%40ss@h", {"port": 587, "use_tls": True, "username": "me@x", "password": "p@ss"}),
        ("smtps://h:4650", {"port": 4650, "use_ssl": True, "use_tls": False}),
    ],
)
def test_a_mail_url_becomes_djangos_mailer(load: Load, url: str, expected: dict[str, object]) -> None:
    options = load(EMAIL_URL=url).email.mailer(STATE)["OPTIONS"]

    assert {name: options[name] for name in expected} == expected


def test_without_a_mail_url_a_deployed_site_uses_the_server_of_its_host(load: Load) -> None:
    assert load().email.mailer(None)["OPTIONS"]["host"] == "localhost"
    assert "filebased" in load().email.mailer(STATE)["BACKEND"]
