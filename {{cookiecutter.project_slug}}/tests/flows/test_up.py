"""``manage.py up`` as a person meets it: real processes, real signals."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from framework.conf.environment import ROOT
from tests.patience import PATIENCE_SECONDS, eventually
from tests.servers.server import free_port

from .conftest import StartSite


@pytest.fixture
def unmigrated(tmp_path: Path) -> dict[str, str]:
    """Return variables for a database without tables, where that is no more than a file."""
    return {"DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"} if connection.vendor == "sqlite" else {}


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.any_database)])
def test_up_serves_and_leaves_no_process_behind(
    start_site: StartSite, unmigrated: dict[str, str], number: signal.Signals
) -> None:
    site = start_site(reload=True, **unmigrated)

    health = site.client.get("/livez")
    family = site.processes()
    site.stop(number)

    assert health.status_code == 200
    assert len(family) > 3
    assert eventually(lambda: site.processes() == [])


@pytest.mark.any_database
def test_a_killed_worker_comes_back_and_the_site_goes_on(start_site: StartSite, unmigrated: dict[str, str]) -> None:
    site = start_site(**unmigrated)

    assert eventually(lambda: len(site.workers()) > 1)
    killed = site.workers()
    os.kill(killed[0], signal.SIGKILL)

    assert eventually(lambda: len(set(site.workers()) - set(killed)) > 1)
    assert set(site.workers()) & set(killed) == set()
    assert site.client.get("/livez").status_code == 200
    site.stop()
    assert eventually(lambda: site.processes() == [])


def refused(environment: dict[str, str], *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "up", *arguments],
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@pytest.mark.any_database
def test_a_port_in_use_is_one_sentence(environment: dict[str, str]) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        result = refused(environment, "--port", str(port))

    assert result.returncode != 0
    assert f"127.0.0.1:{port} cannot be used" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.any_database
def test_a_database_out_of_reach_is_one_sentence(environment: dict[str, str]) -> None:
    address = f"postgres://shop:secret@127.0.0.1:{free_port()}/shop"

    result = refused(environment, "--port", str(free_port()), DATABASE_URL=address)

    assert result.returncode != 0
    assert "DATABASE_URL cannot be reached" in result.stderr
    assert "Traceback" not in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.any_database
def test_a_broker_out_of_reach_is_one_sentence(environment: dict[str, str]) -> None:
    result = refused(environment, "--port", str(free_port()), BROKER_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert result.returncode != 0
    assert result.stderr.startswith("CommandError: BROKER_URL")
    assert "Traceback" not in result.stderr


@pytest.mark.any_database
def test_a_wrong_variable_is_one_sentence(environment: dict[str, str]) -> None:
    result = refused(environment, WORKER_THREADS="many")

    assert result.returncode == 2
    assert "WORKER_THREADS='many'" in result.stderr
    assert "Traceback" not in result.stderr
