"""PostgreSQL goes away while tasks run, so that their outcome cannot be written; the worker lives on."""

import json
import time

import pytest

from .conftest import SetStage
from .modes import Mode
from .stage import Stage

NAP_SECONDS = 1.0
TASKS = 20

pytestmark = pytest.mark.chaos


def test_no_task_is_held_for_ever_by_a_worker_that_lives(set_stage: SetStage) -> None:
    site = set_stage(Mode(database="postgres", broker="database"))
    site.run("scheduler", "scheduler")
    worker = site.run("worker", "worker", "--processes", "1", "--threads", "4")
    site.manage("send", "nap", json.dumps([[f"nap{number}", NAP_SECONDS] for number in range(TASKS)]))
    site.until(lambda: len(site.books.effects("ended")) >= 2, what="no task ended")

    outage(site, seconds=2 * NAP_SECONDS)

    site.until(lambda: site.books.unfinished() == 0, what="the tasks did not end")
    assert site.books.states() == {"done": TASKS}
    assert worker.is_running


def outage(site: Stage, *, seconds: float) -> None:
    """Stop PostgreSQL at once and start it again after ``seconds``."""
    assert site.database is not None
    site.database.stop_at_once()
    time.sleep(seconds)
    site.database.start()
    site.database.wait_ready()
