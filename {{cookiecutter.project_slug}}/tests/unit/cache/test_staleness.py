"""Four processes read, write, delete and invalidate at random, all the time: nobody reads what is too old."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
import redis

from .configurations import tiered
from .observer import Seen
from .observing import PROCESSES, ages, observe, on_hosts
from .servers import PrivateRedis

OPERATIONS: Final = 2_500
CUT_SECONDS: Final = 0.2
#: What a machine with little else to do takes, as the documentation states.
USUAL_NS: Final = 50_000_000
#: A thread that is told of changes may have to wait longer for its turn than the one that echoes.
OF_AN_ECHO: Final = 5

pytestmark = [pytest.mark.random, pytest.mark.usefixtures("transactional_db")]


def test_on_one_host_without_a_server(tmp_path: Path) -> None:
    logs = observe(tmp_path, [tiered(["memory", "database"], tmp_path)] * PROCESSES, OPERATIONS)

    # They share a file, which tells of a change before the change is done.
    assert_none_is_older(logs, than=0)


@pytest.mark.redis
def test_on_hosts_that_share_redis(tmp_path: Path, redis_server: PrivateRedis) -> None:
    logs = observe(tmp_path, on_hosts(tmp_path, redis_server.url), OPERATIONS)

    assert_none_is_older(logs, than=a_message(logs))


@pytest.mark.redis
def test_on_hosts_whose_connections_are_cut_again_and_again(tmp_path: Path, redis_server: PrivateRedis) -> None:
    with cutting(redis_server) as cuts:
        logs = observe(tmp_path, on_hosts(tmp_path, redis_server.url), OPERATIONS)

    assert_none_is_older(logs, than=a_message(logs))
    assert cuts


@contextmanager
def cutting(server: PrivateRedis) -> Iterator[list[float]]:
    """Cut the connections that tell of changes, again and again, inside the block; yield when."""
    cuts: list[float] = []
    done = threading.Event()

    def cut() -> None:
        with redis.Redis(port=server.port) as admin:
            while not done.wait(CUT_SECONDS):
                if admin.client_kill_filter(_type="pubsub"):
                    cuts.append(time.monotonic())

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        yield cuts
    finally:
        done.set()
        thread.join()


def a_message(logs: Sequence[Seen]) -> int:
    """Return the nanoseconds after which a message must have been heard, by what other messages took meanwhile."""
    return max(USUAL_NS, *(OF_AN_ECHO * (seen.ended - seen.began) for seen in logs if seen.kind == "echo"))


def assert_none_is_older(logs: Sequence[Seen], *, than: int) -> None:
    """Assert that no read returned a value after a newer one had been written for longer than so many nanoseconds."""
    reads = [seen for seen in logs if seen.kind == "read"]
    assert len(reads) + sum(seen.kind == "write" for seen in logs) == PROCESSES * OPERATIONS
    # A cache that never has anything is never stale.
    assert sum(seen.value is not None for seen in reads) > len(reads) * 0.7
    oldest, read = max(((age, read) for age, read in ages(logs)), default=(0, None), key=lambda each: each[0])
    assert oldest <= than, f"{read} was {oldest / 1e6:.1f} ms behind; {than / 1e6:.1f} were to be expected"
