"""System checks of receivers.

signals.E001  a receiver listens to a class that is no event
signals.E002  a field that is watched does not exist
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import FieldDoesNotExist

from .events import declared_events
from .lifecycle import watched
from .receivers import all_receivers


def check_receivers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Find receivers that can never fire."""
    known = set(declared_events())
    messages: list[checks.CheckMessage] = [
        checks.Error(
            f"{receiver.name} listens to {receiver.event.__qualname__}, which is no event.",
            hint="Write @event above its dataclass.",
            id="signals.E001",
        )
        for receiver in all_receivers()
        if receiver.event not in known
    ]
    for model, field in watched():
        try:
            model._meta.get_field(field)
        except FieldDoesNotExist:
            messages.append(
                checks.Error(f"on_change watches {model._meta.label}.{field}, which does not exist.", id="signals.E002")
            )
    return messages
