"""Workers that write to SQLite are killed again and again: the file stays whole and nothing is lost."""

import json
import random
from functools import partial

import pytest

from .conftest import SetStage
from .modes import Mode
from .stage import Stage

KILLS = 5
TASKS = 500

pytestmark = [pytest.mark.chaos, pytest.mark.random]


def test_the_file_is_intact_and_no_task_is_lost_after_kills_of_the_worker(set_stage: SetStage) -> None:
    site = set_stage(Mode(database="sqlite", broker="database"))
    keys = [f"order{number}" for number in range(TASKS)]
    site.run("scheduler", "scheduler")
    worker = site.run("worker", "worker", "--processes", "2", "--threads", "4")
    site.manage("send", "receipt", json.dumps([[key] for key in keys]))

    for _ in range(KILLS):
        aim = min(TASKS, site.books.states()["done"] + random.randint(1, 60))
        site.until(partial(has_done, site, aim), what="no task was done")
        worker.kill()
        assert site.books.integrity() == "ok"
        worker.start()
    site.until(lambda: site.books.unfinished() == 0, what="the tasks did not end")

    assert site.books.integrity() == "ok"
    assert site.books.states() == {"done": TASKS}
    assert dict(site.books.effects("receipt")) == dict.fromkeys(keys, 1)


def has_done(site: Stage, count: int) -> bool:
    """Tell whether ``count`` tasks are done."""
    return site.books.states()["done"] >= count
