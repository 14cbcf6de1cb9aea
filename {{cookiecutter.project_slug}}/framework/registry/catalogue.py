"""Looking components up, and adding to them while the program runs."""

import importlib
import inspect as python_inspect
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from framework.lazy import Export, exports

from .exceptions import ComponentNotFoundError

_PACKAGE = __name__.rpartition(".")[0]
_registered: dict[str, tuple[Export, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What is known of one component; ``summary`` is the first line of its docstring."""

    name: str
    category: str
    module: str
    summary: str


def list_components(category: str | None = None) -> list[str]:
    """Return the names of all components, or of one category, sorted. Nothing is imported."""
    return sorted(name for name in _all() if category is None or category_of(name) == category)


def categories() -> list[str]:
    """Return the categories, sorted: the packages of the framework, and what ``register`` was given."""
    return sorted({category_of(name) for name in _all()})


def is_registered(name: str) -> bool:
    """Tell whether a component is called ``name``."""
    return name in _all()


def is_loaded(name: str) -> bool:
    """Tell whether the module of a component was imported already."""
    return _find(name).module in sys.modules


def get_component(name: str) -> Any:
    """Return a component, importing its module; raises :class:`ComponentNotFoundError`."""
    export = _find(name)
    return getattr(importlib.import_module(export.module), export.attribute)


def inspect(name: str) -> Component:
    """Return what is known of a component; raises :class:`ComponentNotFoundError`."""
    summary = python_inspect.getdoc(get_component(name)) or ""
    module = getattr(get_component(name), "__module__", None) or _find(name).module
    return Component(name=name, category=category_of(name), module=module, summary=summary.partition("\n")[0])


def register(name: str, target: str, *, category: str = "apps") -> None:
    """Add a component by its place, ``"module:attribute"``; it is imported on first use.

    Raises ``ValueError`` for a place of another form and for a name that is taken by something else.
    """
    module, separator, attribute = target.partition(":")
    if not separator or not attribute.isidentifier():
        raise ValueError(f"{target!r} is no place of a component; write it like 'shop.services:Invoices'")
    export = Export(module, attribute)
    if is_registered(name) and _find(name) != export:
        raise ValueError(f"A component called {name!r} exists already, in {_find(name).module}; choose another name")
    _registered[name] = (export, category)


def unregister(name: str) -> None:
    """Take back what ``register`` added; raises :class:`ComponentNotFoundError`."""
    if _registered.pop(name, None) is None:
        raise _not_found(name)


def validate() -> dict[str, str]:
    """Import every component; return the reason for each one that does not resolve."""
    broken = {}
    for name in list_components():
        try:
            get_component(name)
        except (ImportError, AttributeError) as error:
            broken[name] = str(error)
    return broken


def category_of(name: str) -> str:
    """Return the category of a component; raises :class:`ComponentNotFoundError`."""
    if name in _registered:
        return _registered[name][1]
    parts = _find(name).module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def _all() -> dict[str, Export]:
    return {**exports(sys.modules[_PACKAGE]), **{name: export for name, (export, _) in _registered.items()}}


def _find(name: str) -> Export:
    found = _all().get(name)
    if found is None:
        raise _not_found(name)
    return found


def _not_found(name: str) -> ComponentNotFoundError:
    close = get_close_matches(name, _all(), n=3)
    hint = f"; did you mean {', '.join(close)}?" if close else "; see manage.py registry list"
    return ComponentNotFoundError(f"No component is called {name!r}{hint}")
