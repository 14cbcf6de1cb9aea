"""System checks of the cache.

cache.E001  a tiered cache names a tier that CACHES does not have
cache.E002  a tiered cache has no tiers, or is a tier of itself
cache.E003  a memory tier stands behind another one: it belongs to one process and cannot be the truth for all
cache.E004  a tier is named twice
cache.E005  a tier is Django's DatabaseCache, which writes in the transactions of those who use it
cache.W001  a tiered cache has an option that it does not know
cache.W002  @invalidates names a tag that no cached function carries, and that is almost one of theirs
cache.W003  something depends on a model of whose changes nobody tells
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.cache.backends.db import DatabaseCache
from django.utils.module_loading import import_string

from .backend import TieredCache
from .database import DatabaseTier
from .dependencies import watched_models
from .known_tags import misspelt_tags
from .memory import MemoryCache

_OPTIONS: Final = {"TIERS", "NEAR_TIMEOUT", "COHERENCE_FILE", "MAX_ENTRIES", "CULL_FREQUENCY"}


def check_tiers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check every tiered cache of CACHES."""
    return [
        message
        for alias, entry in settings.CACHES.items()
        if _is(entry, TieredCache)
        for message in _check(alias, entry.get("OPTIONS", {}))
    ]


def check_tags(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check the tags that functions outdate."""
    return [
        checks.Warning(
            f"{place} outdates the tag {tag!r}, which no cached function carries.",
            f"Did you mean {meant!r}?",
            id="cache.W002",
        )
        for tag, meant, place in misspelt_tags()
    ]


def check_dependencies(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check the models that results depend on."""
    return [
        checks.Warning(
            f"A cached result depends on {model._meta.label}, which is not managed: nobody tells of its changes.",
            "Give the result a short ttl, or invalidate a tag of its own where the rows are changed.",
            id="cache.W003",
        )
        for model in watched_models()
        if not model._meta.managed
    ]


def _check(alias: str, options: dict[str, Any]) -> Iterator[checks.CheckMessage]:
    tiers = options.get("TIERS", [])
    if not tiers or alias in tiers:
        hint = 'Name other caches, nearest first: "TIERS": ["memory", "database"].'
        yield checks.Error(f"The cache {alias!r} needs tiers other than itself.", hint, id="cache.E002")
    for tier in tiers:
        if tier not in settings.CACHES:
            known = ", ".join(sorted(set(settings.CACHES) - {alias}))
            message = f"The cache {alias!r} names the tier {tier!r}, which CACHES does not have."
            yield checks.Error(message, f"It has: {known}.", id="cache.E001")
    for tier in tiers[1:]:
        if _is(settings.CACHES.get(tier, {}), MemoryCache):
            message = f"The cache {alias!r} has the memory tier {tier!r} behind another one."
            yield checks.Error(message, "Memory comes first.", id="cache.E003")
    for tier in tiers:
        if _is(settings.CACHES.get(tier, {}), DatabaseCache):
            message = f"The tier {tier!r} of the cache {alias!r} writes in the transactions of those who use it."
            yield checks.Error(message, f"Let its BACKEND be {_path(DatabaseTier)!r}.", id="cache.E005")
    if len(set(tiers)) < len(tiers):
        yield checks.Error(f"The cache {alias!r} names a tier twice.", id="cache.E004")
    for option in sorted(set(options) - _OPTIONS):
        message = f"The cache {alias!r} has the option {option!r}, which a tiered cache does not know."
        yield checks.Warning(message, id="cache.W001")


def _path(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _is(entry: dict[str, Any], kind: type) -> bool:
    try:
        backend = import_string(str(entry["BACKEND"]))
    except (ImportError, KeyError):
        return False
    return isinstance(backend, type) and issubclass(backend, kind)
