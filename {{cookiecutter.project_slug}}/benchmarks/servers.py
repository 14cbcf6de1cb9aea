"""Private Redis, PostgreSQL and RabbitMQ for benchmarks, as durable as in production.

Started from the installed binaries on free loopback ports, in a folder that goes with them. PostgreSQL syncs
every commit and Redis its log every second; put ``TMPDIR`` on a real disk, or the comparison flatters databases.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pika
import psycopg
import redis

START_SECONDS: Final = 60
STOP_SECONDS: Final = 15


class MissingServerError(Exception):
    """A server is not installed, or does not start."""


@contextmanager
def servers(given: Mapping[str, str | None]) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Yield the URL of each server by its name, and what is wrong with those that are missing.

    A server without a given URL is started, and stopped after the block.
    """
    urls: dict[str, str] = {}
    problems = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-", ignore_cleanup_errors=True)))
        folder.chmod(0o755)  # the user postgres has to reach its own folder in it
        for name, url in given.items():
            try:
                urls[name] = url or START[name](stack, folder)
            except MissingServerError as problem:
                problems.append(f"{name}: {problem}")
        yield urls, problems


def _redis(stack: ExitStack, folder: Path) -> str:
    binary, port = _binary("redis-server"), _free_port()
    command = [binary, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(_made(folder / "redis"))]
    url = f"redis://127.0.0.1:{port}/0"

    def ask() -> None:
        with redis.Redis.from_url(url) as client:
            client.ping()

    _launch(stack, folder / "redis.log", [*command, "--appendonly", "yes", "--appendfsync", "everysec"], ask)
    return url


def _postgres(stack: ExitStack, folder: Path) -> str:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[4]))
    binaries = debian[-1].parent if debian else Path(_binary("postgres")).resolve().parent
    data, port = _made(folder / "postgres"), _free_port()
    prefix = []
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        shutil.chown(data, "postgres")
        prefix = [_binary("runuser"), "-u", "postgres", "--"]
    make = [*prefix, str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    made = subprocess.run([*make, "--locale=C.UTF-8"], cwd="/", capture_output=True, text=True, check=False)
    if made.returncode:
        raise MissingServerError(made.stderr)
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "max_connections": 200}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [*prefix, str(binaries / "postgres"), "-D", str(data), *options]
    url = f"postgres://postgres@127.0.0.1:{port}/postgres"
    # SIGINT is its fast shutdown, which gives the shared memory back.
    _launch(stack, folder / "postgres.log", command, lambda: psycopg.connect(url).close(), stop=signal.SIGINT)
    return url


def _rabbitmq(stack: ExitStack, folder: Path) -> str:
    # Debian's command in /usr/sbin would change to the user of the system's own server.
    debian = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    binary = str(debian) if debian.exists() else _binary("rabbitmq-server")
    home = _made(folder / "rabbitmq")
    port, distribution, mapper = _free_port(), _free_port(), _free_port()
    (home / "plugins").write_text("[].")
    erlang = {"HOME": str(home), "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(mapper)}
    epmd = [_binary("epmd"), "-address", "127.0.0.1", "-port", str(mapper)]
    _launch(stack, folder / "epmd.log", epmd, lambda: _connect(mapper), environment=erlang)
    rabbit = {
        "NODENAME": f"benchmark-{port}@localhost",
        "NODE_IP_ADDRESS": "127.0.0.1",
        "NODE_PORT": str(port),
        "DIST_PORT": str(distribution),
        "MNESIA_BASE": str(home),
        "LOG_BASE": str(home),
        "SCHEMA_DIR": str(home / "schema"),
        "GENERATED_CONFIG_DIR": str(home / "config"),
        "PID_FILE": str(home / "pid"),
        "ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "CONF_ENV_FILE": str(home / "none"),
        "CONFIG_FILE": str(home / "none"),
    }
    environment = erlang | {f"RABBITMQ_{name}": value for name, value in rabbit.items()}
    url = f"amqp://guest:guest@127.0.0.1:{port}"

    def ask() -> None:
        _connect(port)  # pika waits far longer for a port that nobody listens on
        pika.BlockingConnection(pika.URLParameters(url)).close()

    _launch(stack, folder / "rabbitmq.log", [binary], ask, environment=environment)
    return url


START: Final[dict[str, Callable[[ExitStack, Path], str]]] = {
    "redis": _redis,
    "postgres": _postgres,
    "rabbitmq": _rabbitmq,
}


def _binary(name: str) -> str:
    if path := shutil.which(name):
        return path
    raise MissingServerError(f"{name} is not installed here; install it or give the URL of a server")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()


def _launch(
    stack: ExitStack,
    log: Path,
    command: list[str],
    ask: Callable[[], object],
    *,
    environment: Mapping[str, str] | None = None,
    stop: signal.Signals = signal.SIGKILL,
) -> None:
    """Start a server in a session of its own, and return when ``ask`` no longer raises: it answers."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd="/",
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    stack.callback(_stop, process, stop)
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            ask()
        except (OSError, psycopg.Error, redis.RedisError, pika.exceptions.AMQPError):
            time.sleep(0.05)
        else:
            return
    raise MissingServerError(f"{command[0]} does not start:\n{log.read_text(errors='replace')[-2000:]}")


def _stop(process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    for number in (how, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(STOP_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
