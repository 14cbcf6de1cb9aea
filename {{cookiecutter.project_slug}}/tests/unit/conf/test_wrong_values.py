"""A wrong value is told in one line: the variable, what is wrong, a right value."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from framework.conf.environment import ROOT

from .conftest import Load, Problems

SECRET = "hunter2-NEVER-SHOWN"
STRONG_KEY = "k3y-" * 15 + "abcdefghij"

WRONG = [
    ("ENVIRONMENT", "prod", "is not one of 'development', 'test', 'staging' or 'production'"),
    ("DEBUG", "perhaps", "is neither true nor false"),
    ("DATABASE_CONN_MAX_AGE", "1.5", "is not a whole number"),
    ("CACHE_MEMORY_ENTRIES", "0", "is less than 1"),
    ("CACHE_MEMORY_BYTES", "64MB", "is not a whole number"),
    ("WORKER_PROCESSES", "many", "is not a whole number"),
    ("WORKER_THREADS", "257", "is more than 256"),
    ("ALLOWED_HOSTS", "https://example.com", "holds 'https://example.com', which is no host name"),
    ("TRUSTED_PROXIES", "10.0.0.0/8,10.0.0.0/33", "holds '10.0.0.0/33', which is no network"),
    ("HSTS_SECONDS", "-1", "is less than 0"),
    ("LOG_LEVEL", "LOUD", "is not one of 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ("LOG_FORMAT", "xml", "is not one of 'auto', 'json' or 'console'"),
    ("EMAIL_SENDER", "shop", "is no mail address"),
    ("TELEGRAM_API_URL", "api.telegram.org", "is not a URL that starts with http:// or https://"),
    ("TELEGRAM_ON_UNCONFIGURED", "raise", "is not one of 'error' or 'ignore'"),
    ("RATELIMIT_ALL", "often", "is no rate; write it like 600/m or 100/30s"),
    ("RATELIMIT_ALL", "0/m", "is no rate; write it like 600/m or 100/30s"),
    ("RATELIMIT_PROCESSES", "0", "is less than 1"),
    ("FEATURES_REFRESH_SECONDS", "soon", "is not a number"),
    ("FEATURES_REFRESH_SECONDS", "0", "is not more than 0"),
    ("FEATURES_REFRESH_SECONDS", "inf", "is not a number"),
    ("MIDDLEWARE_HEALTH", "2", "is neither true nor false"),
]

WRONG_SECRETS = [
    ("DATABASE_URL", f"mysql://user:{SECRET}@localhost/shop", "is not a URL that starts with"),
    ("DATABASE_URL", f"postgres://user:{SECRET}@localhost:port/shop", "has a host or a port that cannot be read"),
    ("DATABASE_URL", f"postgres://user:{SECRET}@localhost", "names no database"),
    ("DATABASE_URL", f"postgres://user:1/{SECRET}@localhost/shop", "write special characters"),
    ("DATABASE_URL", f"sqlite://{SECRET}/db.sqlite3", "needs three slashes"),
    ("DATABASE_DIRECT_URL", f"mysql://user:{SECRET}@localhost/shop", "is not a URL that starts with"),
    ("REDIS_URL", f"redis://:{SECRET}@localhost:99999", "has a host or a port that cannot be read"),
    ("REDIS_URL", f"redis://:{SECRET}@localhost:0", "has port 0"),
    ("REDIS_URL", f"redis://:{SECRET}@localhost/cache", "has a database number that is not a whole number"),
    ("REDIS_URL", f"redis://:{SECRET}@::1:6379", "has an IPv6 address without its brackets"),
    ("REDIS_URL", "unix://", "names no socket"),
    ("REDIS_URL", f"redis+sentinel://:{SECRET}@one:26379", "names no service"),
    ("REDIS_URL", f"redis+sentinel://:{SECRET}@one:26379,/shop", "names no host"),
    ("REDIS_URL", f"redis+sentinel://:{SECRET}@one:port/shop", "has a host or a port that cannot be read"),
    ("REDIS_URL", f"redis+sentinel://one/shop/x?sentinel_password={SECRET}", "has a database number"),
    ("REDIS_URL", f"redis://:{SECRET}@localhost/0?foo={SECRET}", "has the parameter foo, which redis-py does not know"),
    ("REDIS_URL", f"redis://:{SECRET}@localhost/0?socket_timeout={SECRET}", "Invalid value for 'socket_timeout'"),
    ("REDIS_URL", f"unix://:{SECRET}@/run/redis.sock?sockettimeout=1", "has the parameter sockettimeout"),
    ("BROKER_URL", f"redis://:{SECRET}@localhost/0?protocol=9", "has a parameter that redis-py does not take"),
    ("REDIS_URL", f"redis+sentinel://:{SECRET}@one/shop/0?database=1", "has the parameter database"),
    ("REDIS_URL", f"redis+sentinel://one/shop?sentinel_pass={SECRET}", "has sentinel_pass, which is neither"),
    ("BROKER_URL", f"kafka://:{SECRET}@localhost", "is not a URL that starts with"),
    ("BROKER_URL", f"amqp://user:{SECRET}@", "names no host"),
    ("BROKER_URL", f"database://{SECRET}", "has something behind database://"),
    ("EMAIL_URL", f"smtp://user:{SECRET} @localhost", "holds a space"),
    ("EMAIL_URL", f"pop3://user:{SECRET}@localhost", "is not a URL that starts with"),
    ("TELEGRAM_BOT_TOKEN", SECRET, "is no bot token"),
]


@pytest.mark.parametrize(("variable", "value", "reason"), WRONG)
def test_a_wrong_value_is_told_with_its_variable_and_a_right_one(
    problems: Problems, variable: str, value: str, reason: str
) -> None:
    [problem] = problems(**{variable: value})

    assert problem.startswith(f"{variable}={value!r}: {reason}; try '")


@pytest.mark.parametrize(("variable", "value", "reason"), WRONG_SECRETS)
def test_a_wrong_secret_is_told_without_its_value(problems: Problems, variable: str, value: str, reason: str) -> None:
    [problem] = problems(**{variable: value})

    assert problem.startswith(f"{variable}: ")
    assert reason in problem
    assert SECRET not in problem


def test_the_right_value_that_is_offered_is_accepted(problems: Problems, load: Load) -> None:
    for variable, value, _ in [*WRONG, *WRONG_SECRETS]:
        [problem] = problems(**{variable: value})

        offered = problem.rpartition("; try '")[2].removesuffix("'")

        load(**{variable: "development" if variable == "ENVIRONMENT" else offered})


def test_every_problem_is_told_at_once(problems: Problems) -> None:
    told = problems(WORKER_THREADS="0", LOG_LEVEL="LOUD", BROKER_URL="kafka://localhost", REDIS_URL="localhost")

    assert [problem.partition(":")[0].partition("=")[0] for problem in told] == [
        "REDIS_URL",
        "BROKER_URL",
        "WORKER_THREADS",
        "LOG_LEVEL",
    ]


def test_a_long_value_is_shortened(problems: Problems) -> None:
    [problem] = problems(LOG_LEVEL="A" * 1000)

    assert len(problem) < 200


def test_a_deployed_site_is_refused_with_everything_that_is_unsafe(problems: Problems) -> None:
    told = problems(ENVIRONMENT="staging", DEBUG="true", SECRET_KEY="short", ALLOWED_HOSTS="*", HSTS_SECONDS="x")

    assert [problem.partition(":")[0].partition("=")[0] for problem in told] == [
        "HSTS_SECONDS",
        "DEBUG",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
    ]


def test_a_deployed_site_needs_a_strong_key_and_named_hosts(problems: Problems, load: Load) -> None:
    told = problems(ENVIRONMENT="production", DEBUG="true", SECRET_KEY="short", ALLOWED_HOSTS="*")

    assert [problem.partition(":")[0].partition("=")[0] for problem in told] == ["DEBUG", "SECRET_KEY", "ALLOWED_HOSTS"]
    assert load(SECRET_KEY=STRONG_KEY, DEBUG="false", ALLOWED_HOSTS="example.com").environment.is_deployed


def test_a_wrong_variable_ends_the_process_with_status_2_and_no_traceback() -> None:
    environment = os.environ | {"DATABASE_URL": f"mysql://user:{SECRET}@localhost/shop", "LOG_FORMAT": "xml"}

    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["Configuration", "Configuration"]
    assert SECRET not in done.stdout + done.stderr


def test_a_state_folder_that_cannot_be_made_is_told(load: Load, tmp_path: Path) -> None:
    from framework.errors import ConfigurationError

    occupied = tmp_path / "file"
    occupied.touch()

    with pytest.raises(ConfigurationError, match=r"STATE_DIR=.*the folder cannot be made"):
        load(STATE_DIR=str(occupied / "state")).make_state_dir()
