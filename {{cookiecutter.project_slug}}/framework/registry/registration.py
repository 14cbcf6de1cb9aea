"""Adding components while the program runs."""

from collections.abc import Callable

from framework.exports import add_export, discard_export

from .catalogue import added, block, exports, find, not_found, submodules


def register(name: str, target: str, *, category: str = "apps") -> None:
    """Add a component by its place, ``"module:attribute"``; it is imported on first use.

    From then on ``from framework.registry import <name>`` works too, though type checkers do not know it.
    Raises ``ValueError`` for a place of another form and for a name that is taken by something else.
    """
    module, _, attribute = target.partition(":")
    if not module or not attribute.isidentifier():
        raise ValueError(f"{target!r} is no place of a component; write it like 'shop.services:Invoices'")
    if not name.isidentifier() or name in submodules():
        raise ValueError(f"{name!r} cannot name a component; choose another name")
    if exports().get(name, target) != target:
        raise ValueError(f"A component called {name!r} exists already, at {find(name)}; choose another name")
    if name not in exports():
        added[name] = category
        add_export(block(), name, target)


def register_conditional(name: str, target: str, *, when: Callable[[], bool], category: str = "apps") -> bool:
    """Add a component if ``when()`` is true now, and tell whether it was; raises what ``register`` raises."""
    if not when():
        return False
    register(name, target, category=category)
    return True


def unregister(name: str) -> None:
    """Take back what was added; raises :class:`ComponentNotFoundError` for anything else."""
    if added.pop(name, None) is None:
        raise not_found(name, added)
    discard_export(block(), name)
