"""Whatever a task is given, returns or raises: only the guilty one suffers, and it tells."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from framework.logs import bound_context
from framework.tasks import MessageUnserializableError, PriorityError, TaskState, sql, transitions
from framework.tasks.columns import MOST_LEVELS
from framework.tasks.failure import MOST_OF_A_MESSAGE, MOST_OF_A_TRACEBACK
from framework.tasks.models import Task
from framework.tasks.recovery import recover
from tests.contracts.conftest import System
from tests.patience import PATIENCE_SECONDS

INNOCENT = 20
HALF_A_PAIR = "caf\udce9.txt"  # what os.listdir() says of a file name that is no text


class Mute(Exception):  # noqa: N818 - what it is for
    """Cannot be told."""

    def __str__(self) -> str:
        raise RuntimeError("no word")


def deep(levels: int = 100_000) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def settle_among_innocents(system: System, guilty: Callable[[], Any], **options: Any) -> Task:
    """Run ``guilty`` in the middle of others; return its row when all have ended and each of the others ran once."""
    ran: Counter[int] = Counter()
    # They end together, so that their outcomes are written together.
    together = threading.Barrier(3)

    def note(number: int) -> None:
        ran.update([number])

    def misbehave() -> Any:
        together.wait(PATIENCE_SECONDS)
        return guilty()

    innocent = system.actor(note, actor_name="innocent")
    beside = system.actor(lambda: together.wait(PATIENCE_SECONDS) and None, actor_name="beside")
    culprit = system.actor(misbehave, actor_name="culprit", **options)
    messages = [innocent.send(number) for number in range(INNOCENT // 2)]
    asked = culprit.send()
    messages += [beside.send(), beside.send()]
    messages += [innocent.send(number) for number in range(INNOCENT // 2, INNOCENT)]
    system.start()

    rows = system.settled(asked, *messages)

    assert {(row.state, row.attempts) for row in rows[1:]} == {(TaskState.DONE, 1)}
    assert ran == dict.fromkeys(range(INNOCENT), 1)
    return rows[0]


@pytest.mark.parametrize(
    "result",
    [HALF_A_PAIR, {"name": HALF_A_PAIR}, {HALF_A_PAIR: 1}, "a\0b", float("nan"), b"bytes", {1, 2}, "x" * 2_000_000],
    ids=["half a pair", "inside", "as a key", "NUL", "NaN", "bytes", "a set", "two million characters"],
)
def test_a_result_that_no_column_holds_is_left_out(system: System, result: Any) -> None:
    row = settle_among_innocents(system, lambda: result)

    assert (row.state, row.attempts, row.result) == (TaskState.DONE, 1, None)


@pytest.mark.parametrize("levels", [MOST_LEVELS + 1, 2_000, 100_000])
def test_a_result_nested_too_deeply_is_left_out(system: System, levels: int) -> None:
    row = settle_among_innocents(system, lambda: deep(levels))

    assert (row.state, row.attempts, row.result) == (TaskState.DONE, 1, None)


def test_a_result_as_deep_as_a_column_holds_is_kept(system: System) -> None:
    row = settle_among_innocents(system, lambda: {"brackets": "[" * 1_000, "deep": deep(MOST_LEVELS - 1)})

    assert row.result == {"brackets": "[" * 1_000, "deep": deep(MOST_LEVELS - 1)}


def test_a_result_of_text_that_looks_like_an_escape_is_kept(system: System) -> None:
    row = settle_among_innocents(system, lambda: ["\\u0000", "\U0001f600", "\\ud800"])

    assert row.result == ["\\u0000", "\U0001f600", "\\ud800"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("a\0b"), r"a\x00b"),
        (ValueError(HALF_A_PAIR), r"caf\udce9.txt"),
        (Mute(), "<a Mute that cannot be told: RuntimeError>"),
    ],
    ids=["NUL", "half a pair", "mute"],
)
def test_an_exception_is_told_whatever_it_says(system: System, error: Exception, told: str) -> None:
    def fail() -> None:
        raise error

    row = settle_among_innocents(system, fail, max_retries=0)

    assert (row.state, row.attempts) == (TaskState.DEAD, 1)
    assert row.errors[-1]["message"] == told
    assert row.errors[-1]["type"].endswith(type(error).__qualname__)


def test_a_long_exception_is_cut(system: System) -> None:
    def fail() -> None:
        raise ValueError("begins " + "x" * 1_000_000 + " ends")

    row = settle_among_innocents(system, fail, max_retries=0)

    entry = row.errors[-1]
    assert len(entry["message"]) <= MOST_OF_A_MESSAGE
    assert len(entry["traceback"]) <= MOST_OF_A_TRACEBACK
    assert (entry["message"][:6], entry["message"][-4:]) == ("begins", "ends")


def test_an_outcome_that_the_database_refuses_buries_its_own_task_only(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = sql.finish

    def refuse(connection: BaseDatabaseWrapper, results: Sequence[tuple[str, int, Any]]) -> set[str]:
        if any(result == "refused" for _, _, result in results):
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO tasks_queuepause (queue) VALUES (NULL)")
        return finish(connection, results)

    monkeypatch.setattr(sql, "finish", refuse)

    row = settle_among_innocents(system, lambda: "refused")

    assert (row.state, row.attempts) == (TaskState.DEAD, 1)
    assert "the database refused its outcome" in row.errors[-1]["message"]


@pytest.mark.parametrize("args", [{"no": "list"}, "text", 7])
def test_a_row_that_cannot_be_read_is_set_aside(system: System, args: Any) -> None:
    note = system.actor(lambda number: None, actor_name="note_read")
    messages = [note.send(number) for number in range(5)]
    Task.objects.filter(id=messages[2].message_id).update(args=args)
    system.start()

    rows = system.settled(*messages)

    assert [row.state for row in rows] == [*[TaskState.DONE] * 2, TaskState.DEAD, *[TaskState.DONE] * 2]
    assert "The row of the task has args that are no list" in rows[2].errors[-1]["message"]


@pytest.mark.parametrize("value", ["a\0b", HALF_A_PAIR, "x" * 100_000, Mute()], ids=["NUL", "half", "long", "mute"])
def test_the_context_of_a_log_costs_nobodys_transaction(system: System, value: Any) -> None:
    note = system.actor(lambda: None, actor_name="note_context")
    with transaction.atomic(), bound_context(path=value):
        message = note.send()

    system.start()

    [row] = system.settled(message)
    assert row.state == TaskState.DONE
    assert len(row.context["path"]) <= 1_000


@pytest.mark.parametrize(
    "value",
    [HALF_A_PAIR, ["a\0b"], deep(), deep(2_000), deep(MOST_LEVELS)],
    ids=["half a pair", "NUL", "deep", "less deep", "just too deep"],
)
def test_arguments_that_no_column_holds_are_refused_before_anything_is_sent(system: System, value: Any) -> None:
    note = system.actor(lambda value: None, actor_name="note_refused")

    with transaction.atomic():
        with pytest.raises(MessageUnserializableError, match=r"^note_refused: args "):
            note.send(value)
        # The transaction goes on.
        kept = note.send("kept")

    assert Task.objects.filter(actor="note_refused").count() == 1
    assert str(Task.objects.get().id) == kept.message_id


@pytest.mark.parametrize("priority", [40_000, -40_000, 1.5, "high"])
def test_a_priority_that_no_row_holds_is_refused_by_name(system: System, priority: Any) -> None:
    note = system.actor(lambda: None, actor_name="note_priority")

    with pytest.raises(PriorityError, match=rf"priority={priority} of note_priority is no whole number from -32768"):
        note.send_with_options(priority=priority)


def test_errors_that_somebody_else_wrote_stop_no_recovery(system: System) -> None:
    note = system.actor(lambda: None, actor_name="note_lost", max_retries=0)
    messages = [note.send() for _ in range(3)]
    for message, errors in zip(messages, ({"no": "list"}, "text", []), strict=True):
        held = transitions.claim(note.queue_name, 1, worker="gone:1")
        transitions.start([(str(task.id), task.generation) for task in held], "gone:1")
        Task.objects.filter(id=message.message_id).update(errors=errors)

    recover(dead_workers=["gone:1"])

    rows = Task.objects.filter(actor="note_lost")
    assert [(row.state, len(row.errors)) for row in rows] == [(TaskState.DEAD, 1)] * 3
