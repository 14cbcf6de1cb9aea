"""Tasks behind PgBouncer, which gives each transaction the session that is free."""

import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, transaction

from framework.tasks import TaskState, maintenance
from framework.tasks.lanes import lanes_of
from framework.tasks.liveness import Liveness, is_gone
from framework.tasks.models import Task
from tests.contracts.conftest import System
from tests.patience import PATIENCE_SECONDS, eventually
from tests.pooler import behind_pooler
from tests.servers import PgBouncer

NUMBER = 40

pytestmark = [
    # SQLite is a file, and nothing can be between.
    pytest.mark.skipif(connection.vendor != "postgresql", reason="a pooler is between us and PostgreSQL"),
    pytest.mark.usefixtures("pooled"),
]


@pytest.fixture
def pooled(transactional_db: None, tmp_path: Path) -> Iterator[PgBouncer]:
    """Let every connection of this process go through a PgBouncer of its own."""
    with behind_pooler(tmp_path) as pooler:
        yield pooler


def test_a_pooler_is_between(pooled: PgBouncer) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inet_server_port()")
        assert cursor.fetchone()[0] != pooled.port
    assert connection.settings_dict["PORT"] == pooled.port


def test_every_kind_of_task_runs_once(system: System) -> None:
    def note(number: int) -> int:
        with transaction.atomic():
            Group.objects.create(name=f"note {number}")
        return number

    async def anote(number: int) -> None:
        await Group.objects.acreate(name=f"anote {number}")

    def kept(number: int) -> None:
        Group.objects.create(name=f"atomic {number}")

    def fails(number: int) -> None:
        raise ValueError(number)

    actors = [
        system.actor(note, actor_name="pooled_note"),
        system.actor(anote, actor_name="pooled_anote"),
        system.actor(kept, actor_name="pooled_atomic", atomic=True),
        system.actor(fails, actor_name="pooled_fails", max_retries=1, min_backoff=10, max_backoff=20),
    ]
    system.start(threads=8)

    messages = []
    for number in range(NUMBER):
        for actor in actors:
            with transaction.atomic():
                messages.append(actor.send(number))
                Group.objects.create(name=f"{actor.actor_name} sent {number}")
            messages.append(actor.send(number + NUMBER))

    rows = system.settled(*messages)
    found = Counter((row.actor, row.state, row.attempts) for row in rows)
    assert found == {
        **{(actor.actor_name, TaskState.DONE, 1): 2 * NUMBER for actor in actors[:3]},
        ("pooled_fails", TaskState.DEAD, 2): 2 * NUMBER,
    }
    assert Group.objects.exclude(name__contains="sent").count() == 6 * NUMBER


def test_a_workers_lock_holds_across_transactions_of_the_pooler() -> None:
    liveness = Liveness("there:1:pooled", "default")
    liveness.hold()
    try:
        for _ in range(20):
            with transaction.atomic():
                assert not is_gone("there:1:pooled", "default")
    finally:
        liveness.release()

    # The server frees the lock when it notices that the session has ended.
    assert eventually(lambda: is_gone("there:1:pooled", "default"))


def test_the_maintenance_knows_its_server_by_a_session_that_lasts() -> None:
    watch = maintenance.Maintenance()
    watch.poll()
    since = watch._since

    before = _session()

    assert eventually(lambda: _session() != before)
    watch.poll()
    watch.close()

    assert watch._since == since


def _session() -> int:
    """Return which of PostgreSQL's sessions the pooler has given to this statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_rows_of_many_statements_are_read() -> None:
    assert lanes_of(connection, ["none"]) == []
    assert list(Task.objects.iterator()) == []


def test_what_runs_while_the_database_is_frozen_runs_on_and_is_done_once(
    system: System, pooled: PgBouncer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framework.postgresql.patience.ASK_SECONDS", 0.2)
    monkeypatch.setattr("framework.postgresql.patience.ANSWER_SECONDS", 2)
    begun = threading.Barrier(3)

    def pause() -> None:
        begun.wait()
        thawed.wait()

    thawed = threading.Event()
    actor = system.actor(pause, actor_name="pooled_pause")
    system.start(threads=2)
    messages = [actor.send(), actor.send()]
    begun.wait(PATIENCE_SECONDS)

    pooled.signal(signal.SIGSTOP)
    try:
        with pytest.raises(OperationalError, match="PostgreSQL is not there"):
            Task.objects.count()
    finally:
        pooled.signal(signal.SIGCONT)
    thawed.set()

    connection.close()
    assert [(row.state, row.attempts) for row in system.settled(*messages)] == [(TaskState.DONE, 1)] * 2
