"""Events in tests and bulk loads; in a ContextVar, so that nothing leaks to other threads or asyncio tasks."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the blocks around this code ask for."""

    muted: tuple[type, ...] = ()
    recorders: tuple[tuple[tuple[type, ...], list[object]], ...] = ()

    def mutes(self, kind: type) -> bool:
        """Tell whether receivers of an event's class, or of a model, must not run."""
        return any(issubclass(kind, muted) for muted in self.muted)

    def record(self, event: object) -> None:
        """Add ``event`` to the list of every ``captured`` block around that asked for it."""
        for kinds, events in self.recorders:
            if isinstance(event, kinds):
                events.append(event)


#: ``None``, the common case, costs dispatch a single look-up.
scope: ContextVar[Scope | None] = ContextVar("events", default=None)


def is_muted(kind: type) -> bool:
    """Tell whether the receivers of an event's class, or of a model, must not run here."""
    around = scope.get()
    return around is not None and around.mutes(kind)


@contextmanager
def muted(*kinds: type) -> Iterator[None]:
    """Keep the receivers of these events and models from running inside the block; without arguments, of all."""
    around = scope.get() or Scope()
    token = scope.set(Scope(muted=(*around.muted, *(kinds or (object,))), recorders=around.recorders))
    try:
        yield
    finally:
        scope.reset(token)


@contextmanager
def captured(*kinds: type) -> Iterator[list[object]]:
    """Yield the list of events emitted inside the block, of these classes or of any, muted ones too.

    Receivers run as ever; nest it with :func:`muted` to keep them from running.
    """
    events: list[object] = []
    around = scope.get() or Scope()
    token = scope.set(Scope(muted=around.muted, recorders=(*around.recorders, (kinds or (object,), events))))
    try:
        yield events
    finally:
        scope.reset(token)


def drain() -> int:
    """Deliver the durable events stored so far, and what they cause, here and now; returns how many arrived.

    All that is due runs, as a worker would run it; see :func:`framework.tasks.run_tasks` for the rows.
    """
    from framework.tasks import TaskState, run_tasks

    from .tasks import deliver

    return sum(row.actor == deliver.actor_name and row.state == TaskState.DONE for row in run_tasks())


@contextmanager
def temporary_receivers() -> Iterator[None]:
    """Forget, at the end of the block, the events and receivers that were declared inside."""
    from .events import declared_events, replace_events
    from .model_receivers import model_receivers, replace_model_receivers
    from .receivers import all_receivers, replace_receivers
    from .upcasting import replace_upcasters, upcasters

    events, receivers, of_models, of_versions = declared_events(), all_receivers(), model_receivers(), upcasters()
    try:
        yield
    finally:
        replace_events(events)
        replace_receivers(receivers)
        replace_model_receivers(of_models)
        replace_upcasters(of_versions)
