"""Starts and outcomes are written together, in order, and are never lost without a word."""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import dramatiq
import pytest
from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from structlog.testing import capture_logs

from framework.tasks import TaskState, lane
from framework.tasks.conf import LIMITS
from framework.tasks.journal import Journal, close_journal, current_journal, open_journal
from framework.tasks.lane import Lane
from framework.tasks.leases import leases
from framework.tasks.models import Task
from framework.tasks.transitions import cancel, claim
from tests.patience import PATIENCE_SECONDS, eventually

WAIT = PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "RETRY_SECONDS", 0)


@pytest.fixture
def opened() -> Iterator[Journal]:
    open_journal(threads=4)
    current = current_journal()
    assert current is not None
    yield current
    close_journal(WAIT)


def lane_to(write: Callable[[Sequence[str]], set[str]], patience: float = WAIT) -> Lane[str]:
    return Lane[str]("test-lane", write, turn=nullcontext(), patience=patience)


class SlowWriter:
    """Says when it has begun to write, and waits at its gate each time."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun, self.gate = threading.Event(), threading.Event()

    def write(self, entries: Sequence[str]) -> set[str]:
        self.batches.append(list(entries))
        self.begun.set()
        assert self.gate.wait(WAIT)
        return set(entries)


def claimed(broker: dramatiq.Broker) -> tuple[str, int]:
    dramatiq.actor(actor_name="note", queue_name="journal")(lambda: None).send()
    [task] = claim("journal", 1, worker="a:1")
    return str(task.id), task.generation


def test_what_comes_while_a_batch_is_written_goes_into_the_next() -> None:
    slow = SlowWriter()
    lane = lane_to(slow.write)
    first = lane.submit("first")
    assert slow.begun.wait(WAIT)
    names = [str(number) for number in range(LIMITS.journal + 2)]
    futures = [lane.submit(name) for name in names]
    slow.gate.set()
    lane.close(WAIT)

    assert slow.batches == [["first"], names[: LIMITS.journal], names[LIMITS.journal :]]
    assert first.result(0) == {"first"}
    assert futures[-1].result(0) == set(names[LIMITS.journal :])


def test_entries_of_one_subject_are_never_in_one_batch() -> None:
    slow = SlowWriter()
    lane = Lane[str]("test-lane", slow.write, turn=nullcontext(), patience=WAIT, subject=lambda entry: entry[0])
    lane.submit("a1")
    assert slow.begun.wait(WAIT)
    for entry in ("b1", "b2", "c1", "b3", "d1"):
        lane.submit(entry)
    slow.gate.set()
    lane.close(WAIT)

    assert slow.batches == [["a1"], ["b1", "c1", "d1"], ["b2"], ["b3"]]


def test_of_a_batch_that_is_refused_only_the_guilty_entry_fails() -> None:
    begun, gate = threading.Event(), threading.Event()

    def write(entries: Sequence[str]) -> set[str]:
        begun.set()
        assert gate.wait(WAIT)
        if "guilty" in entries:
            raise DataError("no column holds it")
        return set(entries)

    lane = lane_to(write)
    lane.submit("first")
    assert begun.wait(WAIT)
    futures = {name: lane.submit(name) for name in ("before", "guilty", "after")}
    gate.set()
    lane.close(WAIT)

    assert isinstance(futures["guilty"].exception(0), DataError)
    assert (futures["before"].result(0), futures["after"].result(0)) == ({"before"}, {"after"})


def test_a_database_that_is_away_is_asked_again() -> None:
    answers: list[Exception | None] = [OperationalError("away"), InterfaceError("closed"), None]

    def write(entries: Sequence[str]) -> set[str]:
        if error := answers.pop(0):
            raise error
        return set(entries)

    assert lane_to(write).submit("entry").result(WAIT) == {"entry"}
    assert answers == []


def test_patience_ends_with_the_error() -> None:
    def write(entries: Sequence[str]) -> set[str]:
        raise OperationalError("away")

    with pytest.raises(OperationalError, match="away"):
        lane_to(write, patience=0).submit("entry").result(WAIT)


def test_another_error_is_handed_on_at_once_and_the_lane_goes_on() -> None:
    def write(entries: Sequence[str]) -> set[str]:
        if "bad" in entries:
            raise ValueError("bad entry")
        return set(entries)

    lane = lane_to(write)

    with pytest.raises(ValueError, match="bad entry"):
        lane.submit("bad").result(WAIT)
    assert lane.submit("good").result(WAIT) == {"good"}


def test_a_closed_lane_refuses_instead_of_keeping_its_caller_waiting() -> None:
    lane = lane_to(set)
    lane.close(WAIT)

    with pytest.raises(InterfaceError, match=r"The journal is closed\."):
        lane.submit("late").result(WAIT)


@pytest.mark.django_db(transaction=True)
def test_a_task_starts_once_and_ends_with_its_result(broker: dramatiq.Broker, opened: Journal) -> None:
    task_id, generation = claimed(broker)
    leases().hold([task_id])

    assert opened.start(task_id, generation)
    assert not opened.start(task_id, generation)
    opened.progress((task_id, generation, 0.5, "half"))
    opened._progress.close(WAIT)
    opened.finish(task_id, generation, {"answer": 42})
    close_journal(WAIT)

    row = Task.objects.get(id=task_id)
    assert (row.state, row.result, row.attempts) == (TaskState.DONE, {"answer": 42}, 1)
    assert (row.progress, row.progress_note) == (0.5, "half")
    assert task_id not in leases().held()


@pytest.mark.django_db(transaction=True)
def test_of_two_equal_deliveries_that_start_together_one_does(broker: dramatiq.Broker, opened: Journal) -> None:
    task_id, generation = claimed(broker)
    starts = opened._starts

    with ThreadPoolExecutor(2) as threads:
        with starts._writing:
            # The first one keeps the lane waiting, so that the others could go into one batch.
            first = starts.submit((str(uuid.uuid4()), 1))
            assert eventually(lambda: not starts._waiting)
            started = [threads.submit(opened.start, task_id, generation) for _ in range(2)]
            assert eventually(lambda: len(starts._waiting) == 2)
        assert sorted(future.result(WAIT) for future in started) == [False, True]

    assert first.result(WAIT) == set()


@pytest.mark.django_db(transaction=True)
def test_the_outcome_of_a_lost_lease_is_told_and_discarded(broker: dramatiq.Broker, opened: Journal) -> None:
    task_id, generation = claimed(broker)
    cancel([Task.objects.get().id])

    with capture_logs() as logs:
        opened.finish(task_id, generation, 42)
        close_journal(WAIT)

    assert [(log["event"], log["task_id"]) for log in logs] == [("task_result_discarded", task_id)]
    assert Task.objects.get().state == TaskState.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_a_start_that_cannot_be_written_is_a_database_error(opened: Journal) -> None:
    with pytest.raises(DatabaseError):
        opened.start("no id", 1)


def test_there_is_no_journal_outside_a_worker() -> None:
    assert current_journal() is None


def test_a_busy_lane_collects_for_a_moment_what_nobody_waits_for() -> None:
    batches: list[list[str]] = []

    def write(entries: Sequence[str]) -> set[str]:
        batches.append(list(entries))
        return set(entries)

    lane = Lane[str]("test-lane", write, turn=nullcontext(), patience=WAIT, linger=0.2)
    lane.submit("alone").result(WAIT)
    futures = [lane.submit(name) for name in ("one", "two", "three")]
    for future in futures:
        future.result(WAIT)
    lane.close(WAIT)

    assert batches == [["alone"], ["one", "two", "three"]]


def test_a_lane_that_closes_does_not_linger() -> None:
    lane = Lane[str]("test-lane", set, turn=nullcontext(), patience=WAIT, linger=WAIT)
    lane.submit("first").result(WAIT)
    last = lane.submit("last")

    lane.close(WAIT / 2)

    assert last.result(0) == {"last"}
