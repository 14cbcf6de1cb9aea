"""Time limits hold in the processes that a worker forks."""

import pytest

from .conftest import SetStage
from .modes import Mode

pytestmark = pytest.mark.chaos


def test_a_task_over_its_time_limit_is_interrupted(set_stage: SetStage) -> None:
    site = set_stage(Mode(database="sqlite", broker="database"))
    site.run("worker", "worker", "--processes", "2", "--threads", "1")

    site.manage("send", "drag", '[["first"], ["second"]]')
    site.until(lambda: site.books.unfinished() == 0, what="the tasks did not end")

    assert {(task.state, task.attempts) for task in site.books.tasks("drag")} == {("dead", 1)}
    assert "TimeLimitExceeded" in site.said()
