"""The thread that a request borrows."""

import asyncio
import threading
from typing import Any, cast

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from asgiref.testing import ApplicationCommunicator
from pytest_django import Settings

from framework.middleware import get_asgi_application
from framework.middleware.measure import measured
from framework.middleware.request_thread import RequestThread, Threads
from tests.patience import PATIENCE_SECONDS


async def threads_of_a_request(threads: Threads, calls: int = 1) -> set[int]:
    """Return the threads in which ``calls`` of one request ran."""
    async with ThreadSensitiveContext():
        lend(threads)
        return {await sync_to_async(threading.get_ident)() for _ in range(calls)}


def lend(threads: Threads) -> None:
    """Do what the handler does."""
    context = SyncToAsync.thread_sensitive_context.get()
    SyncToAsync.context_to_thread_executor[context] = RequestThread(threads)


async def test_all_calls_of_a_request_run_in_one_thread_and_those_of_the_next_one_too() -> None:
    threads = Threads()

    first, second = await threads_of_a_request(threads, 3), await threads_of_a_request(threads)

    assert len(first) == 1
    assert first == second
    assert threading.get_ident() not in first


async def test_requests_at_the_same_time_have_threads_of_their_own() -> None:
    threads, barrier = Threads(), threading.Barrier(5, timeout=PATIENCE_SECONDS)

    async def meet() -> int:
        async with ThreadSensitiveContext():
            lend(threads)
            await sync_to_async(barrier.wait)()
            return await sync_to_async(threading.get_ident)()

    assert len(set(await asyncio.gather(*(meet() for _ in range(5))))) == 5


async def test_no_more_threads_wait_than_are_wanted() -> None:
    threads, barrier = Threads(most_idle=1), threading.Barrier(3, timeout=PATIENCE_SECONDS)

    async def meet() -> threading.Thread:
        async with ThreadSensitiveContext():
            lend(threads)
            await sync_to_async(barrier.wait)()
            return await sync_to_async(threading.current_thread)()

    met = await asyncio.gather(*(meet() for _ in range(3)))
    await asyncio.gather(*(asyncio.to_thread(thread.join, 1) for thread in met))

    assert sum(thread.is_alive() for thread in met) == 1


async def test_a_request_that_takes_none_starts_none() -> None:
    before = set(threading.enumerate())

    async with ThreadSensitiveContext():
        lend(Threads())

    assert set(threading.enumerate()) <= before


async def test_a_task_that_outlives_its_request_keeps_nobody_waiting() -> None:
    threads, gate = Threads(), threading.Event()
    async with ThreadSensitiveContext():
        lend(threads)
        left_behind = asyncio.create_task(sync_to_async(gate.wait)(10))
        await asyncio.sleep(0)

    (next_one,) = await asyncio.wait_for(threads_of_a_request(threads), 5)
    gate.set()

    assert await left_behind
    assert next_one != threading.get_ident()


async def test_a_task_may_go_to_a_thread_after_its_request() -> None:
    over = asyncio.Event()

    async def later() -> int:
        await over.wait()
        return await sync_to_async(threading.get_ident)()

    async with ThreadSensitiveContext():
        lend(Threads())
        task = asyncio.create_task(later())
    over.set()

    assert await task != threading.get_ident()


async def test_hops_are_counted_into_the_request() -> None:
    with measured() as measurement:
        await threads_of_a_request(Threads(), 3)

    assert measurement.hops == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "hops"), [("/quick", 0), ("/plain", 1)])
async def test_the_log_tells_the_hops_of_a_request(settings: Settings, lines: list[Any], path: str, hops: int) -> None:
    settings.ROOT_URLCONF = "tests.unit.middleware.urls"
    application = get_asgi_application()
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [(b"host", b"testserver")]}
    for _ in range(2):  # the first look at the flags is waited for
        # It has no types.
        exchange: Any = cast("Any", ApplicationCommunicator)(application, scope)
        await exchange.send_input({"type": "http.request", "body": b""})
        await exchange.receive_output(5)
        await exchange.receive_output(5)
        await exchange.wait(5)

    assert [line["hops"] for line in lines if line["event"] == "request"][1] == hops
