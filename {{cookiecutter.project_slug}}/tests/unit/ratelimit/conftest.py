"""A limiter in this process, and one in front of a Redis of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.ratelimit.limiter import Limiter, configured
from tests.patience import PATIENCE_SECONDS
from tests.unit.cache.servers import PrivateRedis, private_redis

PROCESSES = 4


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PrivateRedis]:
    """A server that the test may stop."""
    with private_redis(tmp_path) as server:
        yield server


@pytest.fixture
def shared(server: PrivateRedis) -> Limiter:
    """One of four processes, in front of Redis."""
    return Limiter(server.url, prefix="ratelimit:", processes=PROCESSES, timeout=PATIENCE_SECONDS)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Limiter:
    """What the project's views ask: this process, without Redis."""
    limiter = Limiter("", prefix="", processes=1)
    monkeypatch.setattr(configured, "limiter", limiter)
    return limiter
