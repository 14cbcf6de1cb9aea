"""A render as its user runs it: started, ordered from, stopped in the middle of work, started again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.patience import PATIENCE_SECONDS, eventually
from tests.project import Project, need

SLOW_TASK = '''

@dramatiq.actor
def slow(folder: str) -> None:
    """Tell that it has begun, and end when it may."""
    import time
    from pathlib import Path

    Path(folder, "began").touch()
    while not Path(folder, "go").exists():
        time.sleep(0.02)
    with Path(folder, "ended").open("a") as file:
        file.write("ran\\n")
'''


@pytest.fixture(scope="module")
def shop(orders_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a copy of the render with a task that takes its time."""
    folder = tmp_path_factory.mktemp("story") / "fresh_shop"
    shutil.copytree(orders_project.folder, folder, symlinks=True)
    with (folder / "apps/orders/tasks.py").open("a", encoding="utf-8") as source:
        source.write(SLOW_TASK)
    return Project(folder, orders_project.venv)


class Running:
    """``uv run manage.py up``, leading a process group as a shell's job does."""

    def __init__(self, project: Project) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = project.folder.parent / f"up-{port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["uv", "run", "--no-sync", "manage.py", "up", "--port", str(port)],
                cwd=project.folder,
                env=project.environment({}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        eventually(lambda: self.answers("/livez") or self.process.poll() is not None)
        if self.process.poll() is not None:
            pytest.fail(f"the site did not start:\n{self.log.read_text()[-4000:]}")

    def answers(self, path: str) -> bool:
        """Tell whether the site answers ``path`` with 200."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=PATIENCE_SECONDS) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)


@pytest.fixture
def running(shop: Project) -> Iterator[Running]:
    """Return the running site; whatever is left of it is killed."""
    need(Path("/proc/self/cwd").exists(), "/proc, to find the processes of the site")
    site = Running(shop)
    yield site
    for pid in processes_of(shop):
        os.kill(pid, signal.SIGKILL)
    site.process.wait(PATIENCE_SECONDS)


def processes_of(project: Project) -> list[int]:
    """Return the processes that work in the project's folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == project.folder:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_every_page_answers_and_the_tour_sees_every_step(shop: Project, running: Running) -> None:
    pages = {path: running.answers(path) for path in ("/", "/admin/", "/livez", "/readyz")}

    tour = shop.uv_run("manage.py", "tour", "--url", running.url, "--json").must_succeed()

    assert all(pages.values()), pages
    assert len(json.loads(tour.stdout)["steps"]) == 9


def test_ctrl_c_lets_a_running_task_finish_and_leaves_no_process(shop: Project, running: Running) -> None:
    folder = shop.folder.parent
    send = f"from apps.orders.tasks import slow; slow.send({str(folder)!r})"
    shop.uv_run("manage.py", "tour", "--url", running.url).must_succeed()
    shop.uv_run("manage.py", "shell", "--command", send).must_succeed()
    assert eventually((folder / "began").exists)

    running.interrupt()
    (folder / "go").touch()
    running.process.wait(PATIENCE_SECONDS)

    assert (folder / "ended").read_text() == "ran\n"
    assert eventually(lambda: processes_of(shop) == [])
