"""Who listens to what: the answer behind ``manage.py events``."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import unwrap
from pathlib import Path
from typing import Any

from framework.conf.environment import ROOT

from .events import declared_events
from .model_receivers import ModelReceiver, model_receivers
from .receivers import Mode, all_receivers


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One receiver, in words."""

    event: str
    receiver: str
    mode: str
    queue: str
    source: str


def describe_receivers() -> tuple[Entry, ...]:
    """Return every receiver of an event or a model, in the order they were declared."""
    names = {kind.declared: kind.name for kind in declared_events()}
    of_events = tuple(
        Entry(
            event=names.get(receiver.event, receiver.event.__qualname__),
            receiver=receiver.name,
            mode=f"{receiver.mode}, async" if receiver.is_async else str(receiver.mode),
            queue=receiver.queue if receiver.mode is Mode.DURABLE else "",
            source=_source(receiver.function),
        )
        for receiver in all_receivers()
    )
    of_models = tuple(
        Entry(
            event=_occasion(receiver),
            receiver=receiver.name,
            mode=str(Mode.IN_TRANSACTION),
            queue="",
            source=_source(receiver.function),
        )
        for receiver in model_receivers()
    )
    return (*of_events, *of_models)


def mermaid() -> str:
    """Return events, models and their receivers as a Mermaid flowchart."""
    entries = describe_receivers()
    events = dict.fromkeys([kind.name for kind in declared_events()] + [entry.event for entry in entries])
    receivers = dict.fromkeys(entry.receiver for entry in entries)
    node = {name: f"e{number}" for number, name in enumerate(events)}
    leaf = {path: f"r{number}" for number, path in enumerate(receivers)}
    lines = [
        "flowchart LR",
        *(f'    {node[name]}(["{name}"])' for name in events),
        *(f'    {leaf[path]}["{path}"]' for path in receivers),
        *(f'    {node[entry.event]} -- "{_edge(entry)}" --> {leaf[entry.receiver]}' for entry in entries),
    ]
    return "\n".join(lines)


def _edge(entry: Entry) -> str:
    return f"{entry.mode}, queue {entry.queue}" if entry.queue else entry.mode


def _occasion(receiver: ModelReceiver) -> str:
    label = receiver.found_model._meta.label
    return f"{label}.{receiver.field} {receiver.moment}" if receiver.field else f"{label} {receiver.moment}"


def _source(function: Callable[..., Any]) -> str:
    code = unwrap(function).__code__
    path = Path(code.co_filename)
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{shown}:{code.co_firstlineno}"
