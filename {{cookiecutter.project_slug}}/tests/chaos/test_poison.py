"""A task that kills the worker it runs in, as one that uses up the memory does."""

import json

import pytest

from .conftest import SetStage
from .modes import Mode

pytestmark = pytest.mark.chaos


def test_a_task_that_kills_its_worker_is_dead_after_its_attempts_and_takes_no_other_along(set_stage: SetStage) -> None:
    site = set_stage(Mode(database="sqlite", broker="database"))
    site.run("scheduler", "scheduler")
    site.run("worker", "worker", "--processes", "1", "--threads", "2")
    others = [f"order{number}" for number in range(20)]

    site.manage("send", "poison", '[["poison"]]')
    site.manage("send", "receipt", json.dumps([[key] for key in others]))
    site.until(lambda: site.books.unfinished() == 0, what="the tasks did not end", revive=True)

    [task] = site.books.tasks("poison")
    assert (task.state, task.attempts) == ("dead", 3)
    assert site.books.effects("began") == {"poison": 3}
    assert site.books.effects("receipt") == dict.fromkeys(others, 1)
