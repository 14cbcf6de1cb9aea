"""``manage.py up`` as a person meets it: real processes, real signals."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from framework.conf.environment import ROOT
from tests.requirement import need

START_SECONDS = 60
STOP_SECONDS = 10

type Start = Callable[..., subprocess.Popen[str]]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path, django_db_blocker: object) -> dict[str, str]:
    """Return an environment whose files are the test's own; servers stay as configured."""
    need(os.name == "posix", "a system with POSIX signals")
    own = {"ENVIRONMENT": "development", "STATE_DIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    if settings.CONFIG.database.vendor == "sqlite":
        own["DATABASE_URL"] = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    return os.environ | own


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **variables: str) -> subprocess.Popen[str]:
        with (tmp_path / f"up{len(started)}.log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *arguments],
                cwd=ROOT,
                env=environment | variables,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=STOP_SECONDS + 5)


def wait_for(url: str) -> httpx.Response:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return httpx.get(url, timeout=5)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def descendants(pid: int) -> set[int]:
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listing.splitlines())}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def is_running(pid: int) -> bool:
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(status.strip()) and not status.startswith("Z")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_serves_and_leaves_no_process_behind(start: Start, number: signal.Signals) -> None:
    port = free_port()
    process = start("--port", str(port))

    health = wait_for(f"http://127.0.0.1:{port}/livez")
    family = descendants(process.pid)
    process.send_signal(number)
    process.wait(timeout=STOP_SECONDS)

    assert health.status_code == 200
    assert len(family) > 3
    assert [pid for pid in family if is_running(pid)] == []


def refused(environment: dict[str, str], *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "up", *arguments],
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def test_a_port_in_use_is_one_sentence(environment: dict[str, str]) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        result = refused(environment, "--port", str(port))

    assert result.returncode != 0
    assert f"127.0.0.1:{port} cannot be used" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_out_of_reach_is_one_sentence(environment: dict[str, str]) -> None:
    result = refused(environment, DATABASE_URL=f"postgres://shop:secret@127.0.0.1:{free_port()}/shop")

    assert result.returncode != 0
    assert "DATABASE_URL cannot be reached" in result.stderr
    assert "Traceback" not in result.stderr
    assert "secret" not in result.stderr


def test_a_broker_out_of_reach_is_one_sentence(environment: dict[str, str]) -> None:
    result = refused(environment, "--port", str(free_port()), BROKER_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert result.returncode != 0
    assert result.stderr.startswith("CommandError: BROKER_URL")
    assert "Traceback" not in result.stderr


def test_a_wrong_variable_is_one_sentence(environment: dict[str, str]) -> None:
    result = refused(environment, WORKER_THREADS="many")

    assert result.returncode == 2
    assert "WORKER_THREADS='many'" in result.stderr
    assert "Traceback" not in result.stderr
