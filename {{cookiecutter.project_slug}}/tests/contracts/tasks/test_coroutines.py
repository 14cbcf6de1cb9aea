"""Actors that are coroutines use the database as any other actor does."""

import asyncio
from functools import wraps
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.db import connection

from framework.tasks import TaskState
from tests.contracts.conftest import System, end_session


def names() -> list[str]:
    return sorted(Group.objects.values_list("name", flat=True))


@pytest.mark.parametrize("per_message", [False, True], ids=["declared", "of-one-message"])
def test_the_writes_of_an_atomic_coroutine_go_with_its_failure(system: System, per_message: bool) -> None:
    attempts: list[int] = []

    # No sleep(0) here waits for anything: each lets the event loop take a turn, as any await does.
    async def grant() -> None:
        await Group.objects.acreate(name=f"granted {len(attempts)}")
        attempts.append(1)
        await asyncio.sleep(0)
        if len(attempts) == 1:
            raise ValueError("once more")

    options: dict[str, Any] = {"min_backoff": 1, "max_backoff": 5}
    if per_message:
        message = system.actor(grant, **options).send_with_options(atomic=True)
    else:
        message = system.actor(grant, atomic=True, **options).send()
    system.start()

    [task] = system.settled(message)

    assert (task.state, task.attempts) == (TaskState.DONE, 2)
    assert names() == ["granted 1"]


def test_atomic_coroutines_run_beside_others_and_each_other(system: System) -> None:
    async def grant(name: str) -> str:
        await asyncio.sleep(0)
        await Group.objects.acreate(name=name)
        return name

    bound = system.actor(grant, actor_name="bound", atomic=True)
    free = system.actor(grant, actor_name="free")
    messages = [actor.send(f"{actor.actor_name} {number}") for number in range(10) for actor in (bound, free)]
    system.start(threads=8)

    tasks = system.settled(*messages)

    assert {task.state for task in tasks} == {TaskState.DONE}
    assert names() == sorted(str(task.result) for task in tasks)


def test_a_decorated_coroutine_keeps_its_decorator(system: System) -> None:
    def shouting(function: Any) -> Any:
        @wraps(function)
        async def shout() -> str:
            return str(await function()).upper()

        return shout

    @shouting
    async def say() -> str:
        await asyncio.sleep(0)
        return "said"

    messages = [
        system.actor(say, actor_name="bound", atomic=True).send(),
        system.actor(say, actor_name="free").send(),
    ]
    system.start()

    assert [task.result for task in system.settled(*messages)] == ["SAID", "SAID"]


# Nothing is missing on SQLite: nobody can end the session of a process that opens a file.
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs sessions that a server can end")
def test_coroutines_go_on_once_the_server_has_ended_their_session(system: System) -> None:
    async def pid() -> int:
        return await sync_to_async(backend)()

    ask = system.actor(pid, max_retries=3, min_backoff=1, max_backoff=5)
    system.start()
    [first] = system.settled(ask.send())

    end_session(int(str(first.result)))
    later = system.settled(*(ask.send() for _ in range(10)))

    assert {task.state for task in later} == {TaskState.DONE}
    assert first.result not in {task.result for task in later}


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("exit_", [SystemExit, KeyboardInterrupt])
def test_a_coroutine_that_would_end_the_loop_ends_no_other(system: System, exit_: type[BaseException]) -> None:
    entered, left = asyncio.Event(), asyncio.Event()

    async def leave() -> None:
        await entered.wait()
        left.set()
        raise exit_("good bye")

    async def stay() -> str:
        entered.set()
        await left.wait()
        # Waits for nothing: the loop takes the turn in which the other one leaves.
        await asyncio.sleep(0)
        return "stayed"

    async def leave_a_child() -> None:
        async def child() -> None:
            raise exit_("good bye")

        await asyncio.wait([asyncio.ensure_future(child())])

    stays, parent = system.actor(stay, max_retries=0), system.actor(leave_a_child, max_retries=0)
    first = [stays.send(), system.actor(leave, max_retries=0).send()]
    system.start()
    rows = system.settled(*first)
    children = system.settled(parent.send(), parent.send())
    later = system.settled(stays.send())

    assert [row.state for row in rows] == [TaskState.DONE, TaskState.DEAD]
    assert rows[1].errors[-1]["type"].endswith(exit_.__name__)
    assert {row.state for row in children} == {TaskState.DONE}
    assert [row.result for row in later] == ["stayed"]
