"""A task fails while Redis is away, so that its retry cannot be handed over."""

import json
import time

import pytest
import redis
from django.conf import settings

from .conftest import SetStage
from .modes import Mode
from .stage import Stage

OUTAGE_SECONDS = 3.0

pytestmark = pytest.mark.chaos


def fail_while_redis_is_away(site: Stage, actor: str) -> None:
    """Kill Redis under a running attempt, let the attempt fail, and start Redis again after a while."""
    go = site.folder / "go"
    site.run("scheduler", "scheduler")
    site.run("worker", "worker", "--processes", "1", "--threads", "2")
    site.manage("send", actor, json.dumps([["order", str(go)]]))
    site.until(lambda: bool(site.books.effects("began")), what="the task did not start")

    assert site.broker is not None
    site.broker.kill()
    go.touch()
    time.sleep(OUTAGE_SECONDS)
    site.broker.start()
    site.broker.wait_ready()


@pytest.mark.parametrize("kept", ["redis", "redis-append-only"])
def test_a_retry_while_redis_is_away_is_made_up_for(kept: str, set_stage: SetStage) -> None:
    site = set_stage(Mode(database="sqlite", broker="redis" if kept == "redis" else "redis-append-only"))

    fail_while_redis_is_away(site, "stumble")

    site.until(lambda: site.books.unfinished() == 0, what="the task did not end")
    assert site.books.states() == {"done": 1}
    assert site.books.effects("ended") == {"order": 1}


def test_a_message_without_a_row_never_vanishes(set_stage: SetStage) -> None:
    site = set_stage(Mode(database="sqlite", broker="redis-append-only"))

    fail_while_redis_is_away(site, "stumble_without_a_row")

    def is_found() -> bool:
        return bool(site.books.effects("ended")) or dead_letters(site) == 1

    site.until(is_found, what="the message was neither delivered again nor kept as a dead letter")


def dead_letters(site: Stage) -> int:
    """Count the messages that Dramatiq's Redis broker keeps as dead letters."""
    assert site.broker is not None
    with redis.Redis(port=site.broker.port) as client:
        return int(client.hlen(f"{settings.CONFIG.namespace}:tasks:default.XQ.msgs"))
