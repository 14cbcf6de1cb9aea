"""The registry in numbers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from .catalogue import added, block, category_of, is_loaded, list_components


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryStats:
    """How many components there are, have been imported, and were added while the program runs."""

    components: int
    loaded: int
    added: int
    load_hooks: int
    by_category: Mapping[str, int]


def get_registry_stats() -> RegistryStats:
    """Count the components; nothing is imported."""
    names = list_components()
    return RegistryStats(
        components=len(names),
        loaded=sum(map(is_loaded, names)),
        added=len(added),
        load_hooks=len(block().hooks),
        by_category=dict(Counter(map(category_of, names))),
    )
