"""The ways a site may be run, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.servers import PgBouncer, Postgres, RabbitMQ, Redis, Server
from tests.servers.redis import APPEND_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """Where the rows live and what carries them."""

    database: Literal["sqlite", "postgres"]
    broker: Literal["database", "redis", "redis-append-only", "rabbitmq"]
    #: Whether a PgBouncer is between the site and PostgreSQL.
    pooled: bool = False

    def missing(self) -> list[str]:
        """Return the servers that this machine lacks."""
        postgres = self.database == "sqlite" or Postgres.folder_of_programs()
        redis = not self.broker.startswith("redis") or Redis.binary()
        rabbitmq = self.broker != "rabbitmq" or RabbitMQ.binary()
        pooler = not self.pooled or PgBouncer.binary()
        found = {"PostgreSQL": postgres, "PgBouncer": pooler, "redis-server": redis, "RabbitMQ": rabbitmq}
        return [name for name, there in found.items() if not there]

    def database_server(self, folder: Path) -> Postgres | None:
        """Return the database's server, which is not started yet; ``None`` for a file."""
        return None if self.database == "sqlite" else Postgres(data=folder / "postgres", log=folder / "postgres.log")

    def pooler(self, folder: Path, database: Postgres | None) -> PgBouncer | None:
        """Return what is in front of ``database``, and is not started yet; ``None`` when nothing is."""
        if not self.pooled or database is None:
            return None
        return PgBouncer(data=folder / "pooler", log=folder / "pooler.log", server_port=database.port)

    def broker_server(self, folder: Path) -> Server | None:
        """Return the broker's server, which is not started yet; ``None`` when the database is the broker."""
        if self.broker == "database":
            return None
        if self.broker == "rabbitmq":
            return RabbitMQ(data=folder / "rabbitmq", log=folder / "rabbitmq.log")
        options = APPEND_ONLY if self.broker == "redis-append-only" else ()
        return Redis(data=folder / "redis", log=folder / "redis.log", options=options)


MODES: Final[Mapping[str, Mode]] = {
    "sqlite": Mode(database="sqlite", broker="database"),
    "postgres": Mode(database="postgres", broker="database", pooled=True),
    "redis-aof": Mode(database="postgres", broker="redis-append-only", pooled=True),
    "redis-none": Mode(database="postgres", broker="redis", pooled=True),
    "amqp": Mode(database="postgres", broker="rabbitmq", pooled=True),
}
