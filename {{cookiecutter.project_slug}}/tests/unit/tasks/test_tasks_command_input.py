"""``manage.py tasks`` with input it cannot use: one clear sentence, and nothing changes."""

import uuid
from io import StringIO

import dramatiq
import pytest
from django.core.management import CommandError, call_command

from framework.tasks import TaskState
from framework.tasks.models import QueuePause, Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


def run(*arguments: str) -> None:
    call_command("tasks", *arguments, stdout=StringIO(), stderr=StringIO())


def declare(name: str) -> dramatiq.Actor[..., object]:
    return dramatiq.actor(lambda: None, actor_name=name, queue_name="desk")  # type: ignore[call-overload, no-any-return]


def state_of(task_id: str) -> str:
    return Task.objects.get(id=task_id).state


@pytest.mark.parametrize("action", ["show", "retry", "cancel"])
def test_an_unknown_id_is_told_and_nothing_else_is_changed(action: str) -> None:
    known, unknown = declare("write").send().message_id, str(uuid.uuid4())
    ids = [unknown] if action == "show" else [known, unknown]

    with pytest.raises(CommandError, match=f"^There is no task {unknown}"):
        run(action, *ids)

    assert state_of(known) == TaskState.PENDING


@pytest.mark.parametrize(
    "arguments", [("pause",), ("resume",), ("purge", "--no-input"), ("list", "--queue"), ("requeue", "--queue")]
)
def test_an_unknown_queue_is_told_with_the_known_ones(arguments: tuple[str, ...]) -> None:
    declare("write")

    with pytest.raises(CommandError, match=r"^There is no queue dsk; the queues are .*desk"):
        run(*arguments, "dsk")

    assert not QueuePause.objects.exists()


def test_bad_words_and_numbers_are_one_sentence() -> None:
    for arguments, sentence in (
        (("show", "seven"), "'seven' is not how a task's id begins"),
        (("list", "--state", "lost"), "invalid choice: 'lost'"),
        (("list", "--limit", "-1"), "--limit -1 lists nothing; try 20."),
        (("explode",), "invalid choice: 'explode'"),
    ):
        with pytest.raises(CommandError, match=sentence):
            run(*arguments)


def test_purge_does_not_go_on_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    message = declare("write").send()
    monkeypatch.setattr("sys.stdin", StringIO("y\n"))

    with pytest.raises(CommandError, match=r"Cancel 1 waiting tasks of desk\? Say --no-input"):
        run("purge", "desk")

    assert state_of(message.message_id) == TaskState.PENDING
