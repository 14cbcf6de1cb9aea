"""Twenty environments as people break them: one report each, with every fault and no secret in it."""

from pathlib import Path

import pytest

from .conftest import Problems

SECRET = "hunter2-NEVER-SHOWN"
LIVE = {"ENVIRONMENT": "production", "SECRET_KEY": "x9" * 10 + "aB3-cD4_eF5" * 4}

#: What is set; every variable is wrong whose name is not among the right ones.
BROKEN: list[tuple[dict[str, str], set[str]]] = [
    ({"DATABASE_URL": f"mysql://u:{SECRET}@db/shop", "REDIS_URL": "localhost"}, set()),
    ({"DATABASE_URL": f"postgres://u:{SECRET}@db", "BROKER_URL": f"kafka://:{SECRET}@mq", "LOG_LEVEL": "LOUD"}, set()),
    ({"ENVIRONMENT": "live", "DEBUG": "perhaps"}, set()),
    ({"WORKER_THREADS": "many", "WORKER_PROCESSES": "-1", "LOG_FORMAT": "xml"}, set()),
    ({"EMAIL_URL": f"pop3://u:{SECRET}@mail", "EMAIL_SENDER": "shop", "EMAIL_ADMINS": "ada"}, set()),
    ({"TELEGRAM_BOT_TOKEN": SECRET, "TELEGRAM_API_URL": "telegram", "TELEGRAM_ON_UNCONFIGURED": "raise"}, set()),
    ({"CACHE_MEMORY_ENTRIES": "0", "CACHE_MEMORY_BYTES": "1k", "REDIS_URL": f"redis://:{SECRET}@h:0"}, set()),
    ({"REDIS_URL": f"redis://:{SECRET}@h/x", "BROKER_URL": f"redis://:{SECRET}@::1:6379"}, set()),
    ({"REDIS_URL": f"redis+sentinel://:{SECRET}@h", "BROKER_URL": f"redis+sentinel://:{SECRET}@h:x/shop"}, set()),
    ({"BROKER_URL": f"amqp://u:{SECRET}@", "DATABASE_URL": f"sqlite://{SECRET}/db.sqlite3"}, set()),
    ({"BROKER_URL": f"database://{SECRET}", "DATABASE_CONN_MAX_AGE": "-5"}, set()),
    ({"FEATURES_REFRESH_SECONDS": "0", "MIDDLEWARE_HEALTH": "2", "MIDDLEWARE_FEATURES": "maybe"}, set()),
    ({"ALLOWED_HOSTS": "https://example.com", "TRUSTED_PROXIES": "10.0.0.0/8,proxy", "HSTS_SECONDS": "a year"}, set()),
    ({"ENVIRONMENT": "production", "SECRET_KEY": "short", "DEBUG": "true", "ALLOWED_HOSTS": "*"}, {"ENVIRONMENT"}),
    ({"ENVIRONMENT": "staging", "SECRET_KEY": "a" * 60, "HSTS_SECONDS": "-1", "LOG_LEVEL": "5"}, {"ENVIRONMENT"}),
    ({**LIVE, "DEBUG": "yes", "ALLOWED_HOSTS": "*", "TRUSTED_PROXIES": "any"}, set(LIVE)),
    ({**LIVE, "DATABASE_URL": f"postgres://u:{SECRET}@db:x/shop", "WORKER_THREADS": "0"}, set(LIVE)),
    ({"EMAIL_URL": f"smtp://u:{SECRET} @mail", "EMAIL_ADMINS": "ada@example.com,bob"}, set()),
    ({"DATABASE_URL": f"postgres://u:1/{SECRET}@db/shop", "DATABASE_CONN_MAX_AGE": "1.5"}, set()),
    (
        {
            "DEBUG": "2",
            "DATABASE_URL": SECRET,
            "REDIS_URL": SECRET,
            "BROKER_URL": SECRET,
            "EMAIL_URL": SECRET,
            "TELEGRAM_BOT_TOKEN": SECRET,
            "LOG_FORMAT": "yaml",
            "FEATURES_REFRESH_SECONDS": "nan",
        },
        set(),
    ),
]


@pytest.mark.parametrize(("environment", "right"), BROKEN, ids=lambda value: "+".join(sorted(value)))
def test_every_fault_is_in_the_report_and_no_secret(
    problems: Problems, environment: dict[str, str], right: set[str]
) -> None:
    told = problems(**environment)

    assert {problem.partition(":")[0].partition("=")[0] for problem in told} == set(environment) - right
    assert len(told) == len(environment) - len(right)
    assert not [problem for problem in told if SECRET in problem or environment.get("SECRET_KEY", SECRET) in problem]


def test_faults_of_the_file_and_of_the_environment_are_in_one_report(problems: Problems, env_file: Path) -> None:
    env_file.write_text(f"DATABSE_URL=postgres://u:{SECRET}@db/shop\nLOG_LEVEL=LOUD\n", encoding="utf-8")

    told = problems(WORKER_THREADS="0")

    assert len(told) == 3
    assert not [problem for problem in told if SECRET in problem]
