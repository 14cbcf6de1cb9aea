"""Being told when a component is first used."""

from collections.abc import Callable
from typing import Any

from .catalogue import block

type LoadHook = Callable[[str, Any], object]


def add_load_hook(hook: LoadHook) -> None:
    """Call ``hook(name, component)`` when a component is first used, once for each name and in any thread.

    What was used before is not told. A hook that raises makes that use fail; the next one tries again.
    """
    block().hooks.append(hook)


def remove_load_hook(hook: LoadHook) -> None:
    """Call ``hook`` no more; raises ``ValueError`` if it was never added."""
    block().hooks.remove(hook)
