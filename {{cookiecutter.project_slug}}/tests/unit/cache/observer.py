"""A process that reads and writes at random and notes what it saw: ``python -m tests.unit.cache.observer ARGUMENTS``.

Times are those of the machine's monotonic clock, the same for all processes, in nanoseconds.
"""

import json
import mmap
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

KEYS: Final = 16
#: What the cached functions read past the cache: one number for each process and subject, in a shared file.
SUBJECTS: Final = ("tag", "model")
OF_A_PROCESS: Final = 2
ECHO_PAUSE_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class Seen:
    """One operation on ``subject``: a ``write`` of ``value``, or a ``read`` that returned it; ``None`` is nothing.

    An ``echo`` is the slowest message of the process to itself, by way of Redis.
    """

    subject: str
    kind: Literal["read", "write", "echo"]
    value: str | int | None
    began: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a process is told."""

    caches: dict[str, Any]
    database: str
    truth: str
    process: int
    processes: int
    operations: int
    seed: int
    log: str
    #: Seconds between two operations.
    pause: float = 0.0


def main(arguments: str) -> None:
    """Carry out the orders and write what was seen."""
    import django
    from django.conf import settings

    orders = Orders(**json.loads(arguments))
    settings.CACHES = orders.caches
    settings.DATABASES["default"]["NAME"] = orders.database
    django.setup()
    from django.core.cache import cache

    observer = Observer(orders)
    cache.get("warm")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    url = orders.caches.get("redis", {}).get("LOCATION")
    if url:
        with measured_echo(url) as echoes:
            seen = observer.run()
        if echoes:
            seen.append(max(echoes, key=lambda echo: echo.ended - echo.began))
    else:
        seen = observer.run()
    Path(orders.log).write_text(json.dumps([asdict(each) for each in seen]), encoding="utf-8")
    from framework.cache.coherence.channel import stop_all

    stop_all()


@contextmanager
def measured_echo(url: str) -> Iterator[list[Seen]]:
    """Send messages to ourselves inside the block; yield when each was sent and heard.

    What they take is what a message takes on this machine at this time: the yardstick for those of the cache.
    """
    import redis

    echoes: list[Seen] = []
    done = threading.Event()
    # A list: subscriptions may be cut by the test.
    name = f"echo:{os.getpid()}"
    with redis.Redis.from_url(url) as speaker, redis.Redis.from_url(url) as ear:

        def echo() -> None:
            while not done.wait(ECHO_PAUSE_SECONDS):
                began = time.monotonic_ns()
                speaker.rpush(name, "")
                ear.blpop([name])
                echoes.append(Seen("", "echo", None, began, time.monotonic_ns()))

        thread = threading.Thread(target=echo)
        thread.start()
        try:
            yield echoes
        finally:
            done.set()
            thread.join()


class Observer:
    """Reads keys and cached functions of everybody, writes keys of everybody and the truth of its own subjects."""

    def __init__(self, orders: Orders) -> None:
        from django.core.cache import cache

        from framework.cache import cached

        self._orders = orders
        self._cache = cache
        self._random = random.Random(orders.seed)
        self._seen: list[Seen] = []
        self._written = 0
        with Path(orders.truth).open("r+b") as file:
            self._truth = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")

        @cached(ttl="1h", key="tag:{place}", tags=["truth:{place}"], early=0)
        def of_tag(place: int) -> int:
            return self._truth[place]

        @cached(ttl="1h", key="model:{place}", depends_on=["auth.Group:{place}"], early=0)
        def of_model(place: int) -> str:
            from django.contrib.auth.models import Group

            return Group.objects.get(pk=place).name

        self._of_tag, self._of_model = of_tag, of_model

    def run(self) -> list[Seen]:
        """Do what was ordered, and return what was seen."""
        choices: list[tuple[Callable[[], None], float]] = [
            (self._read_key, 60),
            (self._read_tagged, 20),
            (self._read_model, 12),
            (self._write_key, 4),
            (self._delete_key, 2),
            (self._write_tagged, 1.5),
            (self._write_model, 0.5),
        ]
        does = self._random.choices(
            [each for each, _ in choices], [weight for _, weight in choices], k=self._orders.operations
        )
        for do in does:
            do()
            if self._orders.pause:
                time.sleep(self._orders.pause)
        return self._seen

    def _note(self, subject: str, kind: Literal["read", "write"], do: Callable[[], Any]) -> None:
        began = time.monotonic_ns()
        value = do()
        self._seen.append(Seen(subject, kind, value, began, time.monotonic_ns()))

    def _read_key(self) -> None:
        key = f"key{self._random.randrange(KEYS)}"
        self._note(key, "read", lambda: self._cache.get(key))

    def _write_key(self) -> None:
        key = f"key{self._random.randrange(KEYS)}"
        self._written += 1
        value = f"{self._orders.process}-{self._written}"

        def write() -> str:
            self._cache.set(key, value, 3600)
            return value

        self._note(key, "write", write)

    def _delete_key(self) -> None:
        key = f"key{self._random.randrange(KEYS)}"

        def delete() -> None:
            self._cache.delete(key)

        self._note(key, "write", delete)

    def _read_tagged(self) -> None:
        place = self._random.randrange(self._orders.processes * OF_A_PROCESS)
        self._note(f"tag{place}", "read", lambda: self._of_tag(place))

    def _write_tagged(self) -> None:
        from framework.cache import invalidate_tags

        place = self._own_place()

        def write() -> int:
            self._truth[place] += 1
            invalidate_tags(f"truth:{place}")
            return self._truth[place]

        self._note(f"tag{place}", "write", write)

    def _read_model(self) -> None:
        place = 1 + self._random.randrange(self._orders.processes * OF_A_PROCESS)
        self._note(f"model{place}", "read", lambda: self._of_model(place))

    def _write_model(self) -> None:
        from django.contrib.auth.models import Group

        place = 1 + self._own_place()
        self._written += 1
        name = f"{self._orders.process}-{self._written}"

        def write() -> str:
            group = Group.objects.get(pk=place)
            group.name = name
            group.save()
            return name

        self._note(f"model{place}", "write", write)

    def _own_place(self) -> int:
        return self._orders.process * OF_A_PROCESS + self._random.randrange(OF_A_PROCESS)


if __name__ == "__main__":
    main(sys.argv[1])
