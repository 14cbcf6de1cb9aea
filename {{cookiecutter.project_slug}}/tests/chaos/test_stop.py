"""SIGTERM to the whole process group, as a terminal or systemd sends it, while tasks run."""

import json
import signal
import subprocess

import pytest

from tests.patience import PATIENCE_SECONDS

from .conftest import SetStage
from .modes import Mode

# Longer than eight tasks take on any machine, and than all of them would.
GRACE_SECONDS = 120
TASKS = 100

pytestmark = pytest.mark.chaos

MODES = {
    "database": Mode(database="sqlite", broker="database"),
    "redis": Mode(database="sqlite", broker="redis"),
    "rabbitmq": Mode(database="sqlite", broker="rabbitmq"),
}


@pytest.mark.parametrize("mode", MODES)
def test_running_tasks_finish_and_the_rest_is_handed_back(mode: str, set_stage: SetStage) -> None:
    site = set_stage(MODES[mode])
    naps = [[f"nap{number}", 1.0] for number in range(TASKS)]
    site.run("scheduler", "scheduler")
    site.manage("send", "nap", json.dumps(naps))
    size = ("--processes", "2", "--threads", "4")
    worker = site.run("worker", "worker", *size, "--grace", str(GRACE_SECONDS))
    site.until(lambda: len(site.books.effects("ended")) >= 10, what="no ten tasks ended")

    worker.signal(signal.SIGTERM)
    try:
        worker.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        pytest.fail(f"the worker did not stop; it said:\n{site.said()}")
    began, ended = site.books.effects("began"), site.books.effects("ended")
    states = site.books.states()
    site.run("worker", "worker", "--processes", "2", "--threads", "25")
    site.until(lambda: site.books.states() == {"done": TASKS}, what="not all tasks were done")

    assert began == ended, "a task was cut off although there was time"
    assert states["running"] == 0, states
    assert len(began) < TASKS, "the worker went on with what waited"
    for kind in ("began", "ended"):
        assert dict(site.books.effects(kind)) == dict.fromkeys((key for key, _ in naps), 1)
