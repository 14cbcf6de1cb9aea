"""Servers that belong to one test: real ones, on ports of their own, that may be killed."""

from .pgbouncer import PgBouncer as PgBouncer
from .postgres import Postgres as Postgres
from .process import Process as Process
from .rabbitmq import RabbitMQ as RabbitMQ
from .redis import Redis as Redis
from .sentinel import guarded as guarded
from .server import Server as Server
