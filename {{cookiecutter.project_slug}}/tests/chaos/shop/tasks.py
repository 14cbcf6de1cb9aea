"""Actors that leave a trace of each run."""

import asyncio
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dramatiq

from tests.patience import PATIENCE_SECONDS

from .models import Effect

#: Two releases run side by side for a while; the first knows neither ``gift`` nor the paper of a ``note``.
RELEASE = int(os.environ.get("SHOP_RELEASE", "2"))
#: Orders go through all of them.
QUEUES = [f"aisle{number}" for number in range(24)]
for queue in QUEUES:
    dramatiq.get_broker().declare_queue(queue)


@dramatiq.actor(atomic=True, min_backoff=100, max_backoff=1000)
def receipt(key: str) -> None:
    """Write one effect together with the outcome; the time it takes is when it may be killed."""
    Effect.objects.create(key=key, kind="receipt")
    time.sleep(random.uniform(0, 0.01))


@dramatiq.actor(atomic=True, min_backoff=100, max_backoff=1000)
async def letter(key: str) -> None:
    """Write one effect from a coroutine, together with the outcome; the time it takes is when it may be killed."""
    await Effect.objects.acreate(key=key, kind="letter")
    await asyncio.sleep(random.uniform(0, 0.01))


def plain_note(key: str) -> None:
    """Write one effect that stays although the attempt is killed after it."""
    Effect.objects.create(key=key, kind="note")
    time.sleep(random.uniform(0, 0.01))


def note_on_paper(key: str, paper: str = "plain") -> None:
    """Write a note, as ever; its paper is new."""
    plain_note(key)


NOTES: Mapping[int, Callable[..., None]] = {1: plain_note, 2: note_on_paper}
note = dramatiq.actor(actor_name="note", min_backoff=100, max_backoff=1000)(NOTES[RELEASE])

if RELEASE > 1:

    @dramatiq.actor(atomic=True, min_backoff=100, max_backoff=1000)
    def gift(key: str) -> None:
        """Write one effect together with the outcome, where the release before knows nothing of it."""
        Effect.objects.create(key=key, kind="gift")


@dramatiq.actor(min_backoff=100)
def nap(key: str, seconds: float) -> None:
    """Take a while, and tell when it began and when it ended."""
    Effect.objects.create(key=key, kind="began")
    time.sleep(seconds)
    Effect.objects.create(key=key, kind="ended")


@dramatiq.actor(max_retries=2, min_backoff=100, max_backoff=200)
def poison(key: str) -> None:
    """Kill the worker that runs it."""
    Effect.objects.create(key=key, kind="began")
    # Not before the process has told Dramatiq's main one that it has booted: the lock of that would die with it, and
    # the main one wait for ever. It is the last argument of what runs here.
    vars(multiprocessing.current_process())["_args"][-1].wait(PATIENCE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


@dramatiq.actor(max_retries=5, min_backoff=100, max_backoff=200)
def stumble(key: str, go: str) -> None:
    """Fail once, when the file ``go`` appears."""
    fail_once(key, Path(go))


@dramatiq.actor(durable=False, max_retries=5, min_backoff=100, max_backoff=200)
def stumble_without_a_row(key: str, go: str) -> None:
    """Fail once, when the file ``go`` appears, as a message that no row backs."""
    fail_once(key, Path(go))


def fail_once(key: str, go: Path) -> None:
    """Wait for ``go`` and raise; the run after that succeeds."""
    if not Effect.objects.filter(key=key, kind="began").exists():
        Effect.objects.create(key=key, kind="began")
        while not go.exists():
            time.sleep(0.02)
        raise RuntimeError("stumbled")
    Effect.objects.create(key=key, kind="ended")


def crowd(key: str, threads: int) -> None:
    """Write one effect from each of many threads, all of which hold a connection at once."""
    together = threading.Barrier(threads)

    def write(number: int) -> None:
        Effect.objects.count()
        together.wait(PATIENCE_SECONDS)
        Effect.objects.create(key=f"{key} {number}", kind="crowd")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(write, range(threads)))


# As many queues as a test asks for.
CROWDS = [
    dramatiq.actor(actor_name=f"crowd{number}", queue_name=f"crowd{number}")(crowd)
    for number in range(int(os.environ.get("SHOP_QUEUES", "0")))
]


@dramatiq.actor(time_limit=500, max_retries=0)
def drag(key: str) -> None:
    """Take for ever, unless something interrupts it."""
    while True:
        # Nothing is waited for: an interrupt comes between two steps of Python, never inside a longer call.
        time.sleep(0.01)
