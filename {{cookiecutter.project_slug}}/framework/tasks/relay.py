"""Committed rows on their way to Redis or RabbitMQ."""

from collections.abc import Callable, Collection, Sequence
from itertools import groupby
from operator import attrgetter
from time import monotonic
from typing import Final

from django.db import connections

from framework.logs import get_logger

from .brokers.durable import DurableBroker
from .conf import LIMITS
from .lanes import Lane, lanes_of
from .limits import is_limited
from .wake import POLL_SECONDS

BACKOFF_SECONDS: Final = 2.0
# How soon room in a full window is looked for: at first, and at last where it does not get emptier.
FULL_SECONDS: Final = 0.02
LONGEST_FULL_SECONDS: Final = 0.16
# How soon after a short lot the next one is claimed: what is sent one by one is carried in lots too, once it comes
# quicker than this.
LOT_SECONDS: Final = 0.005
RENEW_SECONDS: Final = 2.0
# How soon what limits have put back is looked for, and for how long after the last of such tasks was published.
PUT_BACK_SECONDS: Final = 0.05
LIMITED_SECONDS: Final = 2.0

logger = get_logger(__name__)


class Relay:
    """Publishes due rows, first of the queues that ``news`` returns, and keeps a window of them in the broker.

    Any number of relays may run. A crash between claim and publish leaves rows that are sent again when
    their leases end; a broker that is away leaves them pending.
    """

    def __init__(self, broker: DurableBroker, news: Callable[[], Collection[str]] = tuple) -> None:
        self._broker = broker
        self._news = news
        self._renewed = 0.0
        self._rests_until: dict[str, float] = {}
        #: How long queues were left alone when their windows were last found full.
        self._full: dict[str, float] = {}
        self._limited_until = 0.0
        #: Of queues where only limited actors wait, none of which has a place.
        self._closed_until: dict[str, float] = {}

    def poll(self) -> float:
        """Publish what is due; return how many seconds may pass until the next look."""
        from .states.delayed import seconds_until_next
        from .transitions import database

        queues = sorted(self._broker.get_declared_queues())
        # Of what has been told nothing else is asked; this is the way of a task to an idle worker.
        news = [queue for queue in self._news() if queue in queues]
        lanes = self._due(news, is_news=True) or self._due(queues)
        try:
            for queue, found in lanes.items():
                if monotonic() >= self._rests_until.get(queue, 0.0):
                    self._rests_until[queue] = monotonic() + self._rest_after(queue, self._publish(queue, found))
            self._renew(queues)
        except self._broker.outages as error:
            logger.warning(
                "broker_unreachable", error=str(error) or type(error).__name__, retry_seconds=BACKOFF_SECONDS
            )
            return BACKOFF_SECONDS
        if lanes:
            return max(0.0, min(self._rests_until[queue] for queue in lanes) - monotonic())
        soonest = seconds_until_next(queues, database())
        # No worker tells when it puts a task back whose actor is at its limit.
        longest = PUT_BACK_SECONDS if monotonic() < self._limited_until else POLL_SECONDS
        waits = [until - monotonic() for until in self._closed_until.values()]
        waits += [] if soonest is None else [soonest]
        return min(longest, max(0.001, min(waits, default=longest)))

    def publish(self, queue: str) -> int:
        """Publish due rows of ``queue`` as far as its window has room; return how many."""
        return self._publish(queue, self._due([queue], is_news=True).get(queue, []))

    def _due(self, queues: Sequence[str], *, is_news: bool = False) -> dict[str, list[Lane]]:
        """Return the lanes of ``queues`` that have due rows; news may be of an actor that waits for no place."""
        from .transitions import database

        found: dict[str, list[Lane]] = {}
        for lane in lanes_of(connections[database()], queues) if queues else ():
            if lane.is_due and (is_news or monotonic() >= self._closed_until.get(lane.queue, 0.0)):
                found.setdefault(lane.queue, []).append(lane)
        return found

    def _publish(self, queue: str, lanes: Sequence[Lane]) -> int:
        from .readable import messages_of
        from .throttle import shares_of
        from .transitions import claim, database, release

        shares, place_in = shares_of(lanes, self._broker, database())
        self._closed_until.pop(queue, None)
        if place_in is not None and not shares:
            self._closed_until[queue] = monotonic() + place_in
        tasks = claim(queue, LIMITS.publish, window=LIMITS.window, shares=shares)
        if tasks:
            try:
                # A broker may take a batch in any order, and an idle worker begins what arrives first.
                for _, equals in groupby(tasks, key=attrgetter("priority")):
                    self._broker.publish(list(messages_of(equals)))
            except BaseException:
                # What did arrive is outdated by this, and skipped.
                release((str(task.id), task.generation) for task in tasks)
                raise
            if any(is_limited(self._broker, actor) for actor in {task.actor for task in tasks}):
                self._limited_until = monotonic() + LIMITED_SECONDS
        return len(tasks)

    def _rest_after(self, queue: str, published: int) -> float:
        """Return for how many seconds a queue is left alone after so many of its rows were published."""
        if published:
            self._full.pop(queue, None)
            return 0.0 if published == LIMITS.publish else LOT_SECONDS
        if queue in self._closed_until:
            return FULL_SECONDS
        # What has not made room for a lot so far will not have emptied the window in the same time again.
        rest = self._full.get(queue, 0.0)
        self._full[queue] = min(LONGEST_FULL_SECONDS, rest + max(rest, FULL_SECONDS))
        return max(rest, FULL_SECONDS)

    def _renew(self, queues: Collection[str]) -> None:
        """Keep what waits in the broker from being published again while it can still be seen there."""
        from .renewal import extend_published
        from .states.leased import published
        from .transitions import database

        if monotonic() - self._renewed < RENEW_SECONDS:
            return
        self._renewed = monotonic()
        for queue in published(queues, database()):
            if depth := self._broker.depth(queue):
                # What is published meanwhile has a lease of its own.
                extend_published(queue, depth)
