"""Looking components up."""

import inspect as python_inspect
import pkgutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from framework.exports import block_of, exports_of
from framework.lazy import lazy_exports

from .exceptions import ComponentNotFoundError

_registry = sys.modules[__name__.rpartition(".")[0]]
#: The categories of what was added while the program runs; every other component's is the package it comes from.
added: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What is known of one component.

    ``kind`` is ``class``, ``function``, ``exception`` or the type of a value, ``source`` the file and line it is
    defined at (empty for a value), ``summary`` the first line of its docstring.
    """

    name: str
    category: str
    module: str
    kind: str
    signature: str
    source: str
    summary: str


def list_components(category: str | None = None) -> list[str]:
    """Return the names of all components, or of one category, sorted. Nothing is imported."""
    return sorted(name for name in exports() if category is None or category_of(name) == category)


def categories() -> list[str]:
    """Return the categories, sorted: the packages of the framework, and what ``register`` was given."""
    return sorted({category_of(name) for name in exports()})


def category_of(name: str) -> str:
    """Return the category of a component; raises :class:`ComponentNotFoundError`."""
    return added.get(name) or module_of(name).split(".")[1]


def is_registered(name: str) -> bool:
    """Tell whether a component is called ``name``."""
    return name in exports()


def is_loaded(name: str) -> bool:
    """Tell whether the module that defines a component was imported; raises :class:`ComponentNotFoundError`."""
    place: str | None = find(name)
    module = None
    # A front door being there says nothing: it is lazy as well.
    while place:
        found, _, attribute = place.partition(":")
        module = sys.modules.get(found)
        door = block_of(module) if module else None
        place = exports_of(door).get(attribute) if door else None
    return module is not None


def get_component(name: str) -> Any:
    """Return a component, importing its module; raises :class:`ComponentNotFoundError`."""
    find(name)
    return getattr(_registry, name)


def inspect(name: str) -> Component:
    """Return what is known of a component, importing it; raises :class:`ComponentNotFoundError`."""
    value = get_component(name)
    return Component(
        name=name,
        category=category_of(name),
        module=getattr(value, "__module__", None) or module_of(name),
        kind=_kind(value),
        signature=_signature(name, value),
        source=_source(value),
        summary=(python_inspect.getdoc(value) or "").partition("\n")[0],
    )


def block() -> lazy_exports:
    """Return the registry's block of exports."""
    found = block_of(_registry)
    if found is None:
        raise RuntimeError("The block of lazy exports is missing in framework/registry/__init__.py")
    return found


def exports() -> Mapping[str, str]:
    """Return where each component lives, as ``"module:attribute"``, by name."""
    return exports_of(block())


def submodules() -> set[str]:
    """Return the names that a component cannot have, since a module of the registry has them."""
    return _submodules(tuple(_registry.__path__))


def find(name: str) -> str:
    """Return where a component lives, as ``"module:attribute"``; raises :class:`ComponentNotFoundError`."""
    if (found := exports().get(name)) is None:
        raise not_found(name, exports())
    return found


def module_of(name: str) -> str:
    """Return the name of the module that a component is imported from; raises :class:`ComponentNotFoundError`."""
    return find(name).partition(":")[0]


def not_found(name: str, known: Mapping[str, object]) -> ComponentNotFoundError:
    """Return the error about ``name``, with similar names among the ``known`` ones."""
    close = get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else "see manage.py registry list"
    return ComponentNotFoundError(f"No component is called {name!r}; {hint}")


@cache
def _submodules(path: tuple[str, ...]) -> set[str]:
    return {module.name for module in pkgutil.iter_modules(path)}


def _kind(value: object) -> str:
    if python_inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    return "function" if python_inspect.isroutine(value) else type(value).__name__


def _signature(name: str, value: Any) -> str:
    try:
        return f"{name}{python_inspect.signature(value)}"
    except (TypeError, ValueError):
        # Not to be called, or written in C.
        return ""


def _source(value: Any) -> str:
    try:
        file = Path(python_inspect.getsourcefile(value) or "")
        line = python_inspect.getsourcelines(value)[1]
    except (TypeError, OSError):
        return ""
    root = Path(_registry.__path__[0]).parents[1]
    return f"{file.relative_to(root) if file.is_relative_to(root) else file}:{line}"
