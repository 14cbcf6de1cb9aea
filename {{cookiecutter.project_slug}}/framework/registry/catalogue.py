"""Looking components up, and adding to them while the program runs."""

import inspect as python_inspect
import pkgutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from framework.lazy import Export, block_of, lazy_exports

from .exceptions import ComponentNotFoundError

_registry = sys.modules[__name__.rpartition(".")[0]]
#: The categories of what ``register`` added; every other component's is the package it comes from.
_categories: dict[str, str] = {}


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


def category_of(name: str) -> str:
    """Return the category of a component; raises :class:`ComponentNotFoundError`."""
    return _categories.get(name) or _find(name).module.split(".")[1]


def is_registered(name: str) -> bool:
    """Tell whether a component is called ``name``."""
    return name in _all()


def is_loaded(name: str) -> bool:
    """Tell whether the module that defines a component was imported; raises :class:`ComponentNotFoundError`."""
    export = _find(name)
    module = sys.modules.get(export.module)
    # A front door being there says nothing: it is lazy as well.
    while module and (door := block_of(module)) and export.attribute in door.exports:
        export = door.exports[export.attribute]
        module = sys.modules.get(export.module)
    return module is not None


def get_component(name: str) -> Any:
    """Return a component, importing its module; raises :class:`ComponentNotFoundError`."""
    _find(name)
    return getattr(_registry, name)


def inspect(name: str) -> Component:
    """Return what is known of a component, importing it; raises :class:`ComponentNotFoundError`."""
    value = get_component(name)
    summary = (python_inspect.getdoc(value) or "").partition("\n")[0]
    module = getattr(value, "__module__", None) or _find(name).module
    return Component(name=name, category=category_of(name), module=module, summary=summary)


def register(name: str, target: str, *, category: str = "apps") -> None:
    """Add a component by its place, ``"module:attribute"``; it is imported on first use.

    From then on ``from framework.registry import <name>`` works too, though type checkers do not know it.
    Raises ``ValueError`` for a place of another form and for a name that is taken by something else.
    """
    module, _, attribute = target.partition(":")
    if not module or not attribute.isidentifier():
        raise ValueError(f"{target!r} is no place of a component; write it like 'shop.services:Invoices'")
    if not name.isidentifier() or name in _submodules():
        raise ValueError(f"{name!r} cannot name a component; choose another name")
    export = Export(module, attribute)
    if _all().get(name, export) != export:
        raise ValueError(f"A component called {name!r} exists already, in {_find(name).module}; choose another name")
    if name not in _all():
        _categories[name] = category
        _block().add(name, export)


def unregister(name: str) -> None:
    """Take back what ``register`` added; raises :class:`ComponentNotFoundError` for anything else."""
    if _categories.pop(name, None) is None:
        raise _not_found(name, _categories)
    _block().discard(name)


def validate() -> dict[str, str]:
    """Import every component; return the reason for each one that does not resolve."""
    broken = dict.fromkeys(_submodules() & _all().keys(), "a module of the registry has the same name")
    for name in list_components():
        try:
            get_component(name)
        except Exception as error:  # noqa: BLE001 - whatever a module raises, the component is broken
            broken[name] = f"{type(error).__name__}: {error}"
    return broken


def _block() -> lazy_exports:
    block = block_of(_registry)
    if block is None:
        raise RuntimeError("The block of lazy exports is missing in framework/registry/__init__.py")
    return block


def _all() -> Mapping[str, Export]:
    return _block().exports


def _submodules() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(_registry.__path__)}


def _find(name: str) -> Export:
    if (found := _all().get(name)) is None:
        raise _not_found(name, _all())
    return found


def _not_found(name: str, known: Mapping[str, object]) -> ComponentNotFoundError:
    close = get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else "see manage.py registry list"
    return ComponentNotFoundError(f"No component is called {name!r}; {hint}")
