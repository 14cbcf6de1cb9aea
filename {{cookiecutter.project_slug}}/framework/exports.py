"""What the front doors export, and how that is changed while the project runs."""

from collections.abc import Mapping
from importlib.util import resolve_name
from types import ModuleType

from .lazy import lazy_exports


def block_of(module: ModuleType) -> lazy_exports | None:
    """Return the block that gives ``module`` its lazy names; none for an ordinary module."""
    block = vars(module).get("__lazy_exports__")
    return block if isinstance(block, lazy_exports) else None


def exports_of(block: lazy_exports) -> Mapping[str, str]:
    """Return where each name that the module exports lives, as ``"module:attribute"``."""
    package = block.namespace["__name__"]
    modules = {module: resolve_name(module, package) for module in set(block.places.values())}
    return {
        name: modules[module] if ":" in module else f"{modules[module]}:{name}" for name, module in block.places.items()
    }


def add_export(block: lazy_exports, name: str, place: str) -> None:
    """Export ``name`` too, from now on; it lives at ``place``, ``"module:attribute"``."""
    # Another one in its place, since other threads may be reading.
    block.places = block.places | {name: place}


def discard_export(block: lazy_exports, name: str) -> None:
    """Export ``name`` no more, and forget its value."""
    block.places = {other: place for other, place in block.places.items() if other != name}
    block.announced.pop(name, None)
    block.namespace.pop(name, None)
