"""Connections of a worker that has more queues, threads and threads of threads than a pool has by default."""

import json

import pytest

from tests.patience import PATIENCE_SECONDS

from .conftest import SetStage
from .modes import Mode

QUEUES = 20
THREADS = 24
#: Threads that each task starts, and tasks of each queue.
CROWD = 2
ROUNDS = 3

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_every_task_finds_a_connection_at_its_first_attempt(set_stage: SetStage, database: str) -> None:
    site = set_stage(Mode(database=database, broker="database"))  # type: ignore[arg-type]
    site.variables["SHOP_QUEUES"] = str(QUEUES)
    site.run("scheduler", "scheduler")
    site.run("worker", "worker", "--processes", "1", "--threads", str(THREADS))

    crowds = [f"crowd{number}" for number in range(QUEUES)]
    site.manage("send", *crowds, json.dumps([[f"round{number}", CROWD] for number in range(ROUNDS)]))
    site.until(lambda: site.books.unfinished() == 0, what="the tasks did not end")

    assert site.books.states() == {"done": QUEUES * ROUNDS}
    assert sum(site.books.effects("crowd").values()) == QUEUES * ROUNDS * CROWD
    assert {task.attempts for crowd in crowds for task in site.books.tasks(crowd)} == {1}


def test_a_worker_that_the_database_cannot_serve_is_refused_in_one_sentence(set_stage: SetStage) -> None:
    site = set_stage(Mode(database="postgres", broker="database"))

    worker = site.run("worker", "worker", "--processes", "8", "--threads", "64")

    assert worker.wait(PATIENCE_SECONDS) == 1
    assert "8 processes of 64 threads may need 608 connections to PostgreSQL, which lets in 197;" in worker.said()
    assert "Traceback" not in worker.said()
