"""The database and the queues of each system, empty before each measurement."""

import shutil
from pathlib import Path
from typing import Final, LiteralString
from urllib.parse import urlsplit

import pika
import psycopg
import redis
from psycopg import sql

from .systems import System

ERRORS: Final = (psycopg.Error, redis.RedisError, pika.exceptions.AMQPError)
QUEUES: Final = ("benchmark", "benchmark.DQ", "benchmark.XQ")


class Stores:
    """Empties what the systems keep; on PostgreSQL and SQLite by copying the prepared database."""

    def __init__(self, urls: dict[str, str], folder: Path) -> None:
        self.urls = urls
        self._folder = folder

    def database_url(self, system: System, *, kind: str = "run") -> str:
        """Return the address of the database of ``system``: the one of this ``run``, or its ``template``."""
        if "postgres" in system.servers:
            return urlsplit(self.urls["postgres"])._replace(path=f"/{self._name(system, kind)}").geturl()
        return f"sqlite:///{self._file(system, kind)}"

    def make_template(self, system: System) -> None:
        """Make the database that the tables go into, and that every run is a copy of."""
        if "postgres" in system.servers:
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._name(system, "template"))
            self._execute("CREATE DATABASE {}", self._name(system, "template"))

    def empty(self, system: System) -> None:
        """Forget every task of ``system``; its processes must have ended."""
        if "redis" in system.servers:
            with redis.Redis.from_url(self.urls["redis"]) as client:
                client.flushdb()
        if "rabbitmq" in system.servers:
            self._delete_queues()
        if "postgres" in system.servers:
            run, template = self._name(system, "run"), self._name(system, "template")
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", run)
            self._execute("CREATE DATABASE {} TEMPLATE {}", run, template)
        elif system.servers == ():
            for left in self._folder.glob(f"{self._name(system, 'run')}.sqlite3*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            shutil.copy(self._file(system, "template"), self._file(system, "run"))

    def drop(self, system: System) -> None:
        """Leave nothing on a server that lives on."""
        if "redis" in system.servers or "rabbitmq" in system.servers:
            self.empty(system)
        if "postgres" in system.servers:
            for kind in ("run", "template"):
                self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._name(system, kind))

    def _delete_queues(self) -> None:
        with pika.BlockingConnection(pika.URLParameters(self.urls["rabbitmq"])) as connection:
            channel = connection.channel()
            for queue in QUEUES:
                channel.queue_delete(queue)

    def _execute(self, statement: LiteralString, *names: str) -> None:
        with psycopg.connect(self.urls["postgres"], autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _name(self, system: System, kind: str) -> str:
        return f"benchmark_{kind}_{system.slug}"

    def _file(self, system: System, kind: str) -> Path:
        return self._folder / f"{self._name(system, kind)}.sqlite3"
