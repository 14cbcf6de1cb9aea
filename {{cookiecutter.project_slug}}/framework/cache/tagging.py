"""Tags: one number for each, in the cache itself; renewing it outdates every entry that carries the tag."""

import secrets
from typing import Final

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from .notifications import invalidated
from .statistics import count

_PREFIX: Final = "tag:"


def tag_versions(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return the present version of each tag, making one for a tag that has none."""
    if not tags:
        return ()
    found = cache.get_many([_PREFIX + tag for tag in tags])
    return tuple(found.get(_PREFIX + tag) or _make(tag) for tag in tags)


def invalidate_tags(*tags: str) -> None:
    """Outdate every cached entry that carries one of ``tags``, in every process.

    In a transaction it happens after the commit and not at all after a rollback. However many entries there
    are, it costs one write.
    """
    transaction.on_commit(lambda: _invalidate(tags), robust=True)


def _invalidate(tags: tuple[str, ...]) -> None:
    cache.set_many({_PREFIX + tag: secrets.token_hex(8) for tag in tags}, timeout=None)
    count("", "tags", len(tags))
    invalidated.send_robust(sender=invalidate_tags, tags=tags, at=timezone.now())


def _make(tag: str) -> str:
    version = secrets.token_hex(8)
    # Whoever comes first decides; an entry under a lost version is merely computed again.
    if cache.add(_PREFIX + tag, version, timeout=None):
        return version
    return str(cache.get(_PREFIX + tag, version))
