"""Components that installed distributions bring along.

A distribution offers one by an entry point (https://packaging.python.org/en/latest/specifications/entry-points/):

    [project.entry-points."framework.components"]
    Invoices = "acme_invoices.service:Invoices"

Reading all entry points takes milliseconds, so it is done when a name is not found, or by command.
"""

from functools import cache
from importlib.metadata import entry_points
from typing import Final

from .registration import register

GROUP: Final = "framework.components"
CATEGORY: Final = "plugins"

#: What could not be registered, by the entry point's name, with the reason.
refused: dict[str, str] = {}


@cache
def discover_plugins() -> tuple[str, ...]:
    """Register what the installed distributions offer, once; returns the names, sorted. Nothing is imported."""
    found = []
    for point in entry_points(group=GROUP):
        try:
            register(point.name, point.value, category=CATEGORY)
        except ValueError as error:
            refused[point.name] = f"{point.dist.name if point.dist else 'a plug-in'}: {error}"
        else:
            found.append(point.name)
    return tuple(sorted(found))
