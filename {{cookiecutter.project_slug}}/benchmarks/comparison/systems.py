"""What is compared: ours in its run modes, and the peers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
OUR_MODULE: Final = "benchmarks.workload.tasks"
DJANGO_PEER: Final = {"DJANGO_SETTINGS_MODULE": "benchmarks.peers.django_settings"}


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One way to run tasks, at two processes of four threads or as near to it as it gets."""

    name: str
    module: str = OUR_MODULE
    servers: tuple[str, ...]
    #: Our broker; a peer's module knows its own.
    broker: str | None = None
    #: Whether ``send`` takes part in the caller's transaction.
    is_transactional: bool = False
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_peer(self) -> bool:
        """Whether it is somebody else's."""
        return self.broker is None

    @property
    def slug(self) -> str:
        """The name as databases and files can have it."""
        return re.sub(r"\W+", "_", self.name.lower()).strip("_")


def _ours(name: str, broker: str, *servers: str, durable: bool = True) -> System:
    environment = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.workload.settings",
        "ENVIRONMENT": "test",  # in which no .env is read
        "LOG_FORMAT": "json",
        "BENCHMARK_DURABLE": str(int(durable)),
    }
    return System(
        name=f"ours, {name}", servers=servers, broker=broker, is_transactional=durable, environment=environment
    )


def _peer(name: str, module: str, server: str, *, is_transactional: bool = False, **environment: str) -> System:
    return System(
        name=name,
        module=f"benchmarks.peers.{module}",
        servers=(server,),
        is_transactional=is_transactional,
        environment=environment,
    )


UNDURABLE: Final = _ours("Redis, durable=False", "redis", "redis", "postgres", durable=False)
REDIS: Final = _ours("Redis", "redis", "redis", "postgres")
RABBITMQ: Final = _ours("RabbitMQ", "rabbitmq", "rabbitmq", "postgres")
POSTGRES: Final = _ours("PostgreSQL", "database", "postgres")
SQLITE: Final = _ours("SQLite", "database")
OURS: Final = (UNDURABLE, REDIS, RABBITMQ, POSTGRES, SQLITE)

DRAMATIQ: Final = _peer("dramatiq, Redis", "dramatiq", "redis", BENCHMARK_BROKER="redis")
DRAMATIQ_RABBITMQ: Final = _peer("dramatiq, RabbitMQ", "dramatiq", "rabbitmq", BENCHMARK_BROKER="rabbitmq")
CELERY: Final = _peer("Celery, Redis, threads", "celery", "redis", BENCHMARK_POOL="threads")
PROCRASTINATE: Final = _peer(
    "procrastinate, PostgreSQL",
    "procrastinate",
    "postgres",
    is_transactional=True,
    BENCHMARK_APP="procrastinate.contrib.django",
    **DJANGO_PEER,
)
DJANGO_TASKS: Final = _peer(
    "django-tasks-db, PostgreSQL",
    "django_tasks_db",
    "postgres",
    is_transactional=True,
    BENCHMARK_APP="django_tasks_db",
    **DJANGO_PEER,
)
PEERS: Final = (
    DRAMATIQ,
    DRAMATIQ_RABBITMQ,
    CELERY,
    _peer("Celery, Redis, prefork", "celery", "redis", BENCHMARK_POOL="prefork"),
    _peer("rq, Redis", "rq", "redis"),
    _peer("huey, Redis", "huey", "redis"),
    PROCRASTINATE,
    DJANGO_TASKS,
)
