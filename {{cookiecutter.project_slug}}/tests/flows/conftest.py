"""A running site: the real ``manage.py up`` with its own state folder, on the test database."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from framework.conf.environment import ROOT
from tests.patience import PATIENCE_SECONDS, eventually
from tests.requirement import need
from tests.servers.server import free_port

CHROMIUM = Path("/usr/bin/chromium")
DRIVER = Path("/usr/bin/chromedriver")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)

type StartSite = Callable[..., "Site"]


@dataclass(kw_only=True)
class Site:
    """One run of ``manage.py up``."""

    url: str
    state: Path
    log: Path
    process: subprocess.Popen[bytes]
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=PATIENCE_SECONDS)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to stop, as a service manager or Ctrl-C does, and wait until it has."""
        self.client.close()
        self.process.send_signal(number)
        self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """Kill every process of the tree at once, whatever group it is in."""
        self.client.close()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)

    def processes(self) -> list[int]:
        """Return the processes that run with this site's state folder."""
        mark = f"STATE_DIR={self.state}".encode()
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _has(entry, mark)]

    def workers(self) -> list[int]:
        """Return the processes of the worker, the one that forked the others first."""
        found = {pid: parent for pid in self.processes() if (parent := _parent_of_worker(Path("/proc") / str(pid)))}
        # Their supervisor, whose command line they have, was started by another process.
        return sorted(pid for pid, parent in found.items() if parent in found)


def _parent_of_worker(entry: Path) -> int | None:
    try:
        arguments = (entry / "cmdline").read_bytes()
        parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None
    return parent if b"manage.py\0worker\0" in arguments else None


def _has(entry: Path, mark: bytes) -> bool:
    try:
        return mark in (entry / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def until(condition: Callable[[], bool], *, what: str, log: Path | None = None) -> None:
    """Wait until ``condition`` holds; fail with ``what`` and the end of ``log`` if it never does."""
    if not eventually(condition, pause=0.05):
        end = log.read_text(encoding="utf-8")[-4000:] if log else ""
        pytest.fail(f"{what} within {PATIENCE_SECONDS:g} s\n{end}")


@pytest.fixture
def environment(transactional_db: None, tmp_path: Path) -> dict[str, str]:
    """Return variables for commands on the test database, with a state folder of their own; servers stay as set."""
    return os.environ | {
        "ENVIRONMENT": "development",
        "STATE_DIR": str(tmp_path / "state"),
        "DATABASE_URL": _test_database_url(),
        "LOG_FORMAT": "json",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture
def start_site(environment: dict[str, str], tmp_path: Path) -> Iterator[StartSite]:
    """Return a function that starts the site; what is left of it after the test is killed."""
    need(Path("/proc/self/environ").exists(), "/proc, to find the processes of the site")
    cache.clear()
    started: list[Site] = []

    def start(*, workers: int = 1, reload: bool = False, **variables: str) -> Site:
        port = free_port()
        log = tmp_path / f"up-{len(started)}.log"
        command = [sys.executable, "manage.py", "up", "--port", str(port), "--workers", str(workers)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command if reload else [*command, "--no-reload"],
                cwd=ROOT,
                env=environment | variables,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        site = Site(url=f"http://127.0.0.1:{port}", state=Path(environment["STATE_DIR"]), log=log, process=process)
        started.append(site)
        until(lambda: _answers(site), what="the site did not answer", log=log)
        return site

    yield start
    for site in started:
        site.kill()
    cache.clear()


def _answers(site: Site) -> bool:
    if site.process.poll() is not None:
        pytest.fail(f"manage.py up ended at once\n{site.log.read_text(encoding='utf-8')[-4000:]}")
    try:
        return site.client.get("/livez").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _test_database_url() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    configured = settings.CONFIG.database.url
    assert configured is not None
    url = urlsplit(configured.get_secret_value())
    return urlunsplit(url._replace(path=f"/{name}"))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """Return a browser."""
    need(CHROMIUM.exists() and DRIVER.exists(), f"{CHROMIUM} and {DRIVER}")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for option in (*OPTIONS, f"--user-data-dir={tmp_path / 'browser'}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()
