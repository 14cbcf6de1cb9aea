"""What every task passes through costs no more in a large table."""

from collections.abc import Callable

import dramatiq
import pytest
from django.db import connection

from framework.tasks import enqueue_many, renewal, stats, transitions, worker_stats
from framework.tasks.lanes import lanes_of
from framework.tasks.maintenance import Maintenance
from framework.tasks.states.delayed import seconds_until_next
from framework.tasks.states.leased import published
from framework.tasks.states.pending import oldest_pending_seconds
from framework.tasks.throttle import shares_of
from tests.table_size import grown_by_rows, shorten_looks

pytestmark = pytest.mark.django_db


def work(broker: dramatiq.Broker, maintenance: Maintenance) -> dict[str, Callable[[], object]]:
    """Return what workers, relay and scheduler do all the time."""
    held: list[tuple[str, int]] = []
    lot: list[tuple[str, int]] = []

    def claim() -> None:
        shares, _ = shares_of(lanes_of(connection, ["sizes"]), broker, "default")
        held.extend(
            (str(task.id), task.generation) for task in transitions.claim("sizes", 10, worker="a", shares=shares)
        )
        assert len(held) == 2

    def claim_lot() -> None:
        lot.extend((str(task.id), task.generation) for task in transitions.claim("lots", 100, worker="a"))
        assert len(lot) == 100

    return {
        "claim": claim,
        "claim into a window": lambda: transitions.claim("sizes", 10, window=512),
        "start": lambda: transitions.start(held, "a"),
        "finish": lambda: transitions.finish([(*held[0], None)]),
        "claim of a lot": claim_lot,
        "start of a lot": lambda: transitions.start(lot, "a"),
        "finish of a lot": lambda: transitions.finish([(task_id, number, None) for task_id, number in lot]),
        "release": lambda: transitions.release(held),
        "release of a worker": lambda: transitions.release_worker("a"),
        "renewal": lambda: renewal.extend([task_id for task_id, _ in held]),
        "renewal of what is published": lambda: renewal.extend_published("sizes", 10),
        "published": lambda: published(["sizes"], "default"),
        "next": lambda: seconds_until_next(["sizes"], "default"),
        "oldest": lambda: oldest_pending_seconds("default"),
        "maintenance": maintenance.poll,
        "stats": stats,
        "workers": worker_stats,
    }


def test_no_step_of_a_task_reads_more_in_a_larger_table(
    broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dramatiq.actor(queue_name="sizes", broker=broker)
    def sized() -> None:
        """Do nothing."""

    @dramatiq.actor(queue_name="sizes", limit="10/m", broker=broker)
    def seldom() -> None:
        """Do nothing, ten times a minute."""

    @dramatiq.actor(queue_name="lots", broker=broker)
    def one_of_many() -> None:
        """Do nothing."""

    shorten_looks(monkeypatch, "framework.tasks.counts", "framework.tasks.statistics")
    # Its first look is at all that waits, whose dates may be wrong.
    maintenance = Maintenance()
    maintenance.poll()
    sized.send()
    enqueue_many([one_of_many.message() for _ in range(100)])

    assert grown_by_rows(lambda: work(broker, maintenance)) == {}
