"""What visitors notice while Redis or the database is away: ``uv run python benchmarks/web_outage.py [--json FILE]``.

Two processes serve pages over PostgreSQL and Redis, servers of their own on loopback, while clients ask for each page
all the time. One after the other Redis and PostgreSQL are killed and started again, frozen and let go on. Shown for
each page and phase: how many requests failed (an error, 5xx, or nothing within twelve seconds) of how many, for how
long after the phase began, and the slowest one; a request counts in the phase in which it ended. Exits with status 1 if
some still fail at the end.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx

from benchmarks import report
from tests.servers import Postgres, Process, Redis
from tests.servers.server import free_port

ROOT: Final = Path(__file__).resolve().parents[1]
PATHS: Final = ("/plain", "/limited", "/kept", "/page", "/queried", "/session", "/livez", "/readyz")
#: Clients of each page; each pauses between its requests, so that what is measured is not their number.
CLIENTS: Final = 3
PAUSE_SECONDS: Final = 0.01
LIMIT_SECONDS: Final = 12.0
USUAL_SECONDS: Final = 4.0
AWAY_SECONDS: Final = 15.0
START_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One request; times in seconds of the monotonic clock."""

    path: str
    began: float
    ended: float
    failed: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """What happened from one moment on."""

    name: str
    began: float


@dataclass
class Site:
    """The project's server and what it stands on."""

    folder: Path
    redis: Redis
    postgres: Postgres
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> Mapping[str, str]:
        """Return what the project is told."""
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "benchmarks.stacks.outage",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "STATE_DIR": str(self.folder / "state"),
            "DEBUG": "false",
            "LOG_LEVEL": "ERROR",
        }

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve for the length of a block."""
        manage = [sys.executable, str(ROOT / "manage.py")]
        subprocess.run([*manage, "migrate", "--verbosity", "0"], cwd=ROOT, env=self.environment(), check=True)
        command = [*manage, "web", "--port", str(self.port), "--processes", "2"]
        server = Process(command=command, log=self.folder / "web.log", environment=self.environment(), folder=ROOT)
        server.start()
        try:
            yield
        finally:
            server.kill()


async def ask_all_the_time(site: Site, path: str, answers: list[Answer], over: asyncio.Event) -> None:
    """Be one client."""
    async with httpx.AsyncClient(base_url=site.url, timeout=LIMIT_SECONDS, trust_env=False) as client:
        while not over.is_set():
            began = time.monotonic()
            try:
                failed = (await client.get(path)).status_code >= 500
            except httpx.HTTPError:
                failed = True
            answers.append(Answer(path, began, time.monotonic(), failed))
            await asyncio.sleep(PAUSE_SECONDS)


async def until_it_serves(site: Site) -> None:
    """Wait for the first good answer of every page; raises ``TimeoutError``."""
    async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(base_url=site.url, trust_env=False) as client:
        for path in PATHS:
            while True:
                try:
                    if (await client.get(path)).status_code < 500:
                        break
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)


async def disturb(site: Site, phases: list[Phase]) -> None:
    """Take each server away in turn, and give it back."""

    async def phase(name: str, change: Callable[[], object], seconds: float) -> None:
        phases.append(Phase(name, time.monotonic()))
        await asyncio.to_thread(change)
        await asyncio.sleep(seconds)

    def start(server: Redis | Postgres) -> None:
        server.start()
        server.wait_ready()

    await phase("as usual", lambda: None, USUAL_SECONDS)
    for name, server in (("Redis", site.redis), ("PostgreSQL", site.postgres)):
        await phase(f"{name} killed", server.kill, AWAY_SECONDS)
        await phase(f"{name} back", partial(start, server), USUAL_SECONDS)
        await phase(f"{name} frozen", partial(_send, server, signal.SIGSTOP), AWAY_SECONDS)
        await phase(f"{name} goes on", partial(_send, server, signal.SIGCONT), 2 * USUAL_SECONDS)


def _send(server: Redis | Postgres, number: signal.Signals) -> None:
    for pid in server.family():
        os.kill(pid, number)


async def run(site: Site) -> tuple[list[Answer], list[Phase]]:
    """Return every request and every phase."""
    await until_it_serves(site)
    answers: list[Answer] = []
    phases: list[Phase] = []
    over = asyncio.Event()
    clients = [
        asyncio.create_task(ask_all_the_time(site, path, answers, over)) for path in PATHS for _ in range(CLIENTS)
    ]
    await disturb(site, phases)
    over.set()
    await asyncio.gather(*clients)
    return answers, phases


def figures_of(answers: Sequence[Answer], phases: Sequence[Phase]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what was seen, by phase and page."""
    ends = [*(phase.began for phase in phases[1:]), inf]
    return {
        phase.name: {
            path: _figure([a for a in answers if a.path == path and phase.began <= a.ended < end], phase)
            for path in PATHS
        }
        for phase, end in zip(phases, ends, strict=True)
    }


def _figure(answers: Sequence[Answer], phase: Phase) -> dict[str, Any]:
    failures = [answer for answer in answers if answer.failed]
    return {
        "requests": len(answers),
        "failed": len(failures),
        "slowest_ms": max(((a.ended - a.began) * 1000 for a in answers), default=0.0),
        "last_failed_after_s": max((a.ended - phase.began for a in failures), default=None),
    }


def show(figures: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    """Print a table of failed requests, slowest answers, and the last failure."""
    print(f"{'':18}" + "".join(f"{path:>30}" for path in PATHS))
    for name, pages in figures.items():
        cells = []
        for path in PATHS:
            page = pages[path]
            last = "" if page["last_failed_after_s"] is None else f" until {page['last_failed_after_s']:.1f} s"
            cells.append(f"{page['failed']}/{page['requests']}{last}, {page['slowest_ms']:.0f} ms")
        print(f"{name:18}" + "".join(f"{cell:>30}" for cell in cells))


def main() -> int:
    """Run, print what was seen, and fail if something stayed broken."""
    options = report.parser("Ask for pages while Redis and the database go and come.", has_goals=False).parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        redis = Redis(data=folder / "redis", log=folder / "redis.log")
        postgres = Postgres(data=folder / "postgres", log=folder / "postgres.log")
        try:
            for server in (redis, postgres):
                server.start()
                server.wait_ready()
            site = Site(folder, redis, postgres)
            with site.serving():
                answers, phases = asyncio.run(run(site))
        finally:
            redis.stop()
            postgres.stop()
    figures = figures_of(answers, phases)
    show(figures)
    broken = [answer.path for answer in answers if answer.failed and answer.began > phases[-1].began + USUAL_SECONDS]
    if broken:
        sys.stderr.write(f"Still broken at the end: {', '.join(sorted(set(broken)))}\n")
    return report.finish(options, figures) or bool(broken)


if __name__ == "__main__":
    sys.exit(main())
