"""A private RabbitMQ."""

import os
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pika

from .process import Process
from .server import Server, free_port


@dataclass(kw_only=True)
class RabbitMQ(Server):
    """A node of its own with a name server of its own, which outlives the node."""

    data: Path
    command: Sequence[str] = field(init=False)
    _names: Process = field(init=False, repr=False)

    def __post_init__(self) -> None:
        program = self.binary()
        assert program is not None, "RabbitMQ is not installed"
        (self.data / "home").mkdir(parents=True)
        (self.data / "plugins").write_text("[].", encoding="utf-8")
        names = free_port()
        self.command = [program]
        self.environment = {**os.environ, **self._variables(names)}
        self._names = Process(
            command=["epmd", "-address", "127.0.0.1", "-port", str(names)],
            log=self.log.with_name("epmd.log"),
            environment=self.environment,
        )

    @staticmethod
    def binary() -> str | None:
        """Return the program; Debian's wrapper on the path would change to the system server's user."""
        debian = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
        return str(debian) if debian.exists() else shutil.which("rabbitmq-server")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start the node, and its name server before the first time."""
        if not self._names.is_running:
            self._names.start()
        super().start()

    def answers(self) -> bool:
        """Tell whether it has recovered its queues and lets clients in."""
        with socket.socket() as probe:
            probe.settimeout(60)
            if probe.connect_ex(("127.0.0.1", self.port)):
                return False
        try:
            pika.BlockingConnection(pika.URLParameters(f"{self.url}?socket_timeout=60")).close()
        except pika.exceptions.AMQPError:
            return False
        return True

    def stop(self) -> None:
        """Kill the node and the name server."""
        self.kill()
        self._names.kill()

    def _variables(self, names: int) -> dict[str, str]:
        home = {"HOME": "home", "RABBITMQ_MNESIA_BASE": "", "RABBITMQ_LOG_BASE": "", "RABBITMQ_PID_FILE": "pid"}
        home |= {"RABBITMQ_SCHEMA_DIR": "schema", "RABBITMQ_GENERATED_CONFIG_DIR": "config"}
        home |= {"RABBITMQ_CONFIG_FILE": "none", "RABBITMQ_CONF_ENV_FILE": "none"}
        home |= {"RABBITMQ_ENABLED_PLUGINS_FILE": "plugins"}
        return {name: str(self.data / path) for name, path in home.items()} | {
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(names),
            "RABBITMQ_NODENAME": f"test-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
