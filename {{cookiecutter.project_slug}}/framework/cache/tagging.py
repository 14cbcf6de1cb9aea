"""Tags: one number for each, in the cache itself; renewing it outdates every entry that carries the tag."""

import secrets
from collections.abc import Sequence

from asgiref.sync import sync_to_async
from django.core.cache import caches
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from .known_tags import template_of
from .notifications import invalidated
from .pending import Pending, after_commit
from .statistics import TAG, count
from .template import fit


def tag_versions(tags: Sequence[str]) -> tuple[str, ...]:
    """Return the present version of each tag, making one for a tag that has none."""
    if not tags:
        return ()
    cache = caches["default"]
    if len(tags) == 1:
        return (cache.get(_key(tags[0])) or _make(tags[0]),)
    found = cache.get_many([_key(tag) for tag in tags])
    return tuple(found.get(_key(tag)) or _make(tag) for tag in tags)


async def atag_versions(tags: Sequence[str]) -> tuple[str, ...]:
    """Return the same without a thread hop for tags that memory has."""
    cache = caches["default"]
    return tuple([await cache.aget(_key(tag)) or await sync_to_async(_make)(tag) for tag in tags])


def invalidate_tags(*tags: str) -> None:
    """Outdate every cached entry that carries one of ``tags``, in every process.

    In a transaction it happens after the commit and not at all after a rollback; until then functions cached
    under these tags compute anew inside it. However many entries there are, it costs one write.
    """
    if tags:
        outdate(tags, DEFAULT_DB_ALIAS)


def outdate(tags: Sequence[str], using: str) -> None:
    """Do the same after the commit of a transaction of the database ``using``."""
    names = tuple(tags)
    after_commit(using, Pending(names, lambda: _invalidate(names)))


async def ainvalidate_tags(*tags: str) -> None:
    """Do the same from a coroutine, in a thread."""
    await sync_to_async(invalidate_tags)(*tags)


def _invalidate(tags: tuple[str, ...]) -> None:
    caches["default"].set_many({_key(tag): secrets.token_hex(8) for tag in tags}, timeout=None)
    count("", "tags", len(tags))
    for tag in tags:
        count(template_of(tag), f"{TAG}invalidations")
    invalidated.send_robust(sender=invalidate_tags, tags=tags, at=timezone.now())


def _make(tag: str) -> str:
    version = secrets.token_hex(8)
    # Whoever comes first decides; an entry under a lost version is merely computed again.
    if caches["default"].add(_key(tag), version, timeout=None):
        return version
    return str(caches["default"].get(_key(tag), version))


def _key(tag: str) -> str:
    return fit(f"tag:{tag}")
