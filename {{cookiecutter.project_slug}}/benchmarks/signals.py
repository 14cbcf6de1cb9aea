"""What events and model receivers cost: ``uv run python benchmarks/signals.py [--peers] [--json FILE] [--check]``.

Each pair is measured in turns in one process, so that both sides meet the same noise; the ratio is what counts.
Runs on a test database of the configured kind (SQLite in memory if nothing is set). ``--peers`` measures other
libraries in the same run, which uv installs. ``--check`` exits with status 1 when a figure misses its goal.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]

sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("ENVIRONMENT", "test")

import django  # noqa: E402 - the settings have to be named first
from django.conf import settings  # noqa: E402

from benchmarks.comparison.environments import MissingPeerError  # noqa: E402
from benchmarks.emitters import APPS, PACKAGES  # noqa: E402
from benchmarks.overlay import in_overlay, rerun  # noqa: E402

if in_overlay():
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, *APPS]
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.dispatch import Signal  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from apps.accounts.models import User  # noqa: E402
from benchmarks import report  # noqa: E402
from benchmarks.pairs import Pair, turns  # noqa: E402
from framework.signals import Change, aemit, emit, event, on, on_change, temporary_receivers  # noqa: E402
from framework.tasks.models import Task  # noqa: E402


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """What every event of this benchmark carries."""

    order: int


@event
class Paid(OrderEvent):
    """Reaches one receiver."""


@event
class Pushed(OrderEvent):
    """Reaches ten async receivers."""


@event
class Kept(OrderEvent):
    """Reaches one durable receiver."""


@event
class Stored(OrderEvent):
    """Reaches three durable receivers."""


def receive(event: Any) -> None:
    """Do nothing."""


def receive_signal(sender: object, **kwargs: Any) -> None:
    """Do nothing."""


def receive_change(user: User, change: Change[Any]) -> None:
    """Do nothing."""


async def receive_async(event: Any) -> None:
    """Do nothing."""


def store_one(event: Any) -> None:
    """Do nothing; durable."""


def store_two(event: Any) -> None:
    """Do nothing; durable."""


def store_three(event: Any) -> None:
    """Do nothing; durable."""


@contextmanager
def watched_fields(*names: str) -> Iterator[None]:
    """Watch fields of the user inside the block."""
    with temporary_receivers():
        for name in names:
            on_change(User, name)(receive_change)
        yield


def dispatch() -> Pair:
    """One receiver, in the transaction."""
    signal, paid = Signal(use_caching=True), Paid(order=1)
    signal.connect(receive_signal)

    def theirs(number: int) -> None:
        for _ in range(number):
            signal.send(sender=Paid, order=1)

    def ours(number: int) -> None:
        for _ in range(number):
            emit(paid)

    return turns(theirs, ours, 20_000)


def awaiting() -> Pair:
    """Ten async receivers."""
    signal, pushed = Signal(use_caching=True), Pushed(order=1)
    receivers = [_async_receiver() for _ in range(10)]
    for receiver in receivers:
        signal.connect(receiver)

    def theirs(number: int) -> None:
        async def run() -> None:
            for _ in range(number):
                await signal.asend(sender=Pushed, order=1)

        asyncio.run(run())

    def ours(number: int) -> None:
        async def run() -> None:
            for _ in range(number):
                await aemit(pushed)

        asyncio.run(run())

    return turns(theirs, ours, 1_000)


def _async_receiver() -> Callable[..., Any]:
    async def receive(sender: object, **kwargs: Any) -> None:
        """Do nothing."""

    return receive


def loading() -> Pair:
    """One row with two watched fields."""

    def load(number: int) -> None:
        assert len(User.objects.all()[:number]) == number

    return turns(load, load, 1_000, lambda: watched_fields("name", "is_staff"))


def updating() -> Pair:
    """One UPDATE in a transaction, with one watched field that changes."""

    def update(number: int) -> None:
        user = User.objects.all()[0]
        for turn in range(number):
            with transaction.atomic():
                user.name = str(turn)
                user.save()

    return turns(update, update, 200, lambda: watched_fields("name"))


def storing(emitted: object) -> tuple[Pair, int]:
    """One durable event, beside the same transaction without it; and its statements."""
    user = User.objects.all()[0]

    def theirs(number: int) -> None:
        for _ in range(number):
            with transaction.atomic():
                user.save()

    def ours(number: int) -> None:
        for _ in range(number):
            with transaction.atomic():
                user.save()
                emit(emitted)

    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        emit(emitted)
    spent = turns(theirs, ours, 200)
    Task.objects.all().delete()
    return spent, len(queries)


def measure() -> dict[str, tuple[float, float, float | None, str]]:
    """Return, by name: theirs and ours in microseconds, and the goal, on ours or on the ratio."""
    on(Paid)(receive)
    on(Kept, durable=True)(receive)
    for function in (store_one, store_two, store_three):
        on(Stored, durable=True)(function)
    for _ in range(10):
        on(Pushed, after_commit=True)(receive_async)
    User.objects.bulk_create([User(email=f"{number}@example.com", name="A") for number in range(1_000)])
    one, _ = storing(Kept(order=1))
    three, statements = storing(Stored(order=1))
    return {
        "one receiver / Signal.send": (*dispatch(), 1.0, "us"),
        "ten async receivers / Signal.asend": (*awaiting(), 15.0, "us"),
        "row load, two fields watched / plain": (*loading(), 1.1, "ratio"),
        "UPDATE, one field watched / plain": (*updating(), 1.15, "ratio"),
        "transaction, one durable receiver / none": (*one, 300.0, "added"),
        "transaction, three durable receivers / none": (*three, None, "added"),
        "statements for three durable receivers": (0, statements, 1, "count"),
    }


def _measure_peers() -> dict[str, Pair]:
    # Their packages are there only in the overlay.
    from benchmarks.emitters.peers import measure as measure_peers

    return measure_peers()


def figure(theirs: float, ours: float, kind: str) -> float:
    """Return what is compared with the goal."""
    return {"us": ours, "ratio": ours / theirs if theirs else 0, "added": ours - theirs, "count": ours}[kind]


def main() -> int:
    """Measure, print a table, and compare with the goals."""
    parser = report.parser("Measure what events cost.")
    parser.add_argument("--peers", action="store_true", help="measure other libraries in the same run")
    options = parser.parse_args()
    if options.peers and not in_overlay():
        try:
            return rerun(sys.argv, PACKAGES)
        except MissingPeerError as error:
            sys.exit(f"The peers cannot be measured: {error}")
    database = str(connection.settings_dict["NAME"])
    # Its own, so that tests may run beside it; without a name SQLite keeps it in memory.
    connection.settings_dict["TEST"]["NAME"] = None if connection.vendor == "sqlite" else "benchmark"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with temporary_receivers():
            rows = measure()
        peers = _measure_peers() if options.peers else {}
    finally:
        connection.creation.destroy_test_db(database, verbosity=0)
    print(f"{'':44}{'theirs':>10}{'ours':>10}{'ratio':>8}  goal")
    for label, (theirs, ours, goal, kind) in rows.items():
        ratio = f"{ours / theirs:.2f}" if theirs else ""
        print(f"{label:44}{theirs:10.2f}{ours:10.2f}{ratio:>8}  {f'{kind} at most {goal}' if goal else ''}".rstrip())
    for label, pair in peers.items():
        print(f"{label:76}{pair.theirs:10.2f}{pair.ours:10.2f}{pair.ours / pair.theirs:8.2f}")
    missed = [name for name, (theirs, ours, goal, kind) in rows.items() if goal and figure(theirs, ours, kind) > goal]
    figures = {label: {"theirs": theirs, "ours": ours} for label, (theirs, ours, _, _) in rows.items()}
    figures |= {label: {"plain": pair.theirs, "peer": pair.ours} for label, pair in peers.items()}
    return report.finish(options, figures, missed)


if __name__ == "__main__":
    sys.exit(main())
