"""What the peers cost, each beside plain Django in the same process."""

# mypy: ignore-errors
# ruff: noqa: DJ008 - the peers are not installed where this is checked, and their models live for one run

from dataclasses import dataclass
from typing import Final

import blinker
from dirtyfields import DirtyFieldsMixin
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django_domain_events import DURABLE, event as their_event, fire, receiver
from django_lifecycle import AFTER_UPDATE, LifecycleModelMixin, hook
from model_utils import FieldTracker

from benchmarks.pairs import Pair, turns

ROWS: Final = 1_000


class Row(models.Model):
    """Eleven columns, as many as a usual model has."""

    email = models.EmailField()
    name = models.CharField(max_length=150)
    password = models.CharField(max_length=128, default="")
    note = models.TextField(default="")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    number = models.IntegerField(default=0)
    amount = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    first = models.DateTimeField(null=True)
    last = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        app_label = "signals"


class Plain(Row):
    """Django's own."""

    class Meta(Row.Meta):
        pass


class Lifecycle(LifecycleModelMixin, Row):
    """With one hook on one field."""

    class Meta(Row.Meta):
        pass

    @hook(AFTER_UPDATE, when="name", has_changed=True)
    def renamed(self) -> None:
        """Do nothing."""


class Dirty(DirtyFieldsMixin, Row):
    """Compares every field."""

    class Meta(Row.Meta):
        pass


class Tracked(Row):
    """Tracks two fields."""

    tracker = FieldTracker(fields=["name", "is_staff"])

    class Meta(Row.Meta):
        pass


KINDS: Final = {"django-lifecycle": Lifecycle, "django-dirtyfields": Dirty, "model-utils FieldTracker": Tracked}


@their_event(name="benchmark.One")
@dataclass(frozen=True, slots=True)
class One:
    """Has one durable receiver."""

    order: int


@their_event(name="benchmark.Three")
@dataclass(frozen=True, slots=True)
class Three:
    """Has three durable receivers."""

    order: int


def receive_one(event) -> None:
    """Do nothing."""


def receive_two(event) -> None:
    """Do nothing."""


def receive_three(event) -> None:
    """Do nothing."""


receiver(One, mode=DURABLE, key="benchmark.only")(receive_one)
for function in (receive_one, receive_two, receive_three):
    receiver(Three, mode=DURABLE, key=f"benchmark.{function.__name__}")(function)


def measure() -> dict[str, Pair]:
    """Return, by name, plain Django and the peer in microseconds."""
    with connection.schema_editor() as editor:
        for model in (Plain, *KINDS.values()):
            editor.create_model(model)
    for model in (Plain, *KINDS.values()):
        model.objects.bulk_create(model(email=f"{number}@example.com", name="A") for number in range(ROWS))
    found = {"dispatch: blinker / an empty loop": _blinker()}
    for name, model in KINDS.items():
        found[f"row load: {name} / plain"] = turns(lambda n: _load(Plain, n), lambda n, m=model: _load(m, n), ROWS)
    for name, model in KINDS.items():
        found[f"UPDATE: {name} / plain"] = turns(_updates(Plain), _updates(model), 200)
    for name, event in (("one durable receiver", One(order=1)), ("three durable receivers", Three(order=1))):
        pair, statements = _storing(event)
        found[f"{name}: django-domain-events / none, {statements} statements"] = pair
    return found


def _blinker() -> Pair:
    signal = blinker.Signal()
    signal.connect(receive_one)

    def empty(number: int) -> None:
        for _ in range(number):
            pass

    def send(number: int) -> None:
        for _ in range(number):
            signal.send(None)

    return turns(empty, send, 20_000)


def _load(model: type[Row], number: int) -> None:
    assert len(model.objects.all()[:number]) == number


def _updates(model: type[Row]):
    def update(number: int) -> None:
        row = model.objects.all()[0]
        for turn in range(number):
            with transaction.atomic():
                row.name = str(turn)
                row.save()

    return update


def _storing(event) -> tuple[Pair, int]:
    row = Plain.objects.all()[0]

    def none(number: int) -> None:
        for _ in range(number):
            with transaction.atomic():
                row.save()

    def stored(number: int) -> None:
        for _ in range(number):
            with transaction.atomic():
                row.save()
                fire(event)

    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        fire(event)
    return turns(none, stored, 200), len(queries)
