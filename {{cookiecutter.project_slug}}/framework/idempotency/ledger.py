"""Every statement on the table of keys.

The invariant: a key has one holder at a time, and only the holder writes its response or lets it go. So a request is
carried out again only when its holder let go of it, or was not heard of for the whole of its time.
"""

import uuid
from datetime import timedelta
from random import random
from typing import Final

from django.conf import settings
from django.db import IntegrityError, router, transaction
from django.db.models import QuerySet
from django.utils import timezone

from .claims import Claim, Held, InFlight, NotKept, OtherRequest
from .models import UsedKey
from .responses import Kept

#: One of so many new keys takes old ones away, as many at once as this.
PRUNE_ONE_IN: Final = 100
PRUNED_AT_ONCE: Final = 1_000


def claim(name: str, owner: str, fingerprint: str) -> Claim:
    """Take the key called ``name``, or tell what is the matter with it; one statement for a new key."""
    now, holder = timezone.now(), uuid.uuid4()
    hold = timedelta(seconds=settings.CONFIG.idempotency.hold_seconds)
    keep = timedelta(hours=settings.CONFIG.idempotency.keep_hours)
    fresh = {
        "owner": owner,
        "fingerprint": fingerprint,
        "holder": holder,
        "held_until": now + hold,
        "expires_at": now + keep,
    }
    if _insert(name, fresh):
        if random() < 1 / PRUNE_ONE_IN:  # noqa: S311 - nobody gains from knowing
            prune(owner)
        return Held(name, holder)
    found = _keys().filter(name=name).first()
    if found is None:
        # Its holder let go of it just now.
        return InFlight()
    is_old = found.expires_at <= now
    if not is_old and found.fingerprint != fingerprint:
        return OtherRequest()
    if not is_old and found.status is not None:
        return NotKept() if found.body is None else Kept(found.status, found.headers or [], bytes(found.body))
    if not is_old and found.held_until > now:
        return InFlight()
    taken_over = _keys().filter(name=name, holder=found.holder)
    changed = taken_over.update(**fresh, status=None, headers=None, body=None)
    return Held(name, holder) if changed else InFlight()


def keep(held: Held, kept: Kept | None, *, status: int) -> None:
    """Write the response, or without ``kept`` that there was one with ``status``."""
    _keys().filter(name=held.name, holder=held.holder).update(
        status=status,
        headers=kept.headers if kept else None,
        body=kept.body if kept else None,
    )


def let_go(held: Held) -> None:
    """Forget the key: nothing was carried out."""
    _keys().filter(name=held.name, holder=held.holder).delete()


def prune(owner: str) -> None:
    """Delete some of what is too old, and of ``owner`` what is more than one may have."""
    old = _keys().filter(expires_at__lte=timezone.now()).order_by("expires_at").values("name")[:PRUNED_AT_ONCE]
    newest_first = _keys().filter(owner=owner).order_by("-expires_at").values("name")
    most = settings.CONFIG.idempotency.keys_per_owner
    for surplus in (old, newest_first[most : most + PRUNED_AT_ONCE]):
        if names := [row["name"] for row in surplus]:
            _keys().filter(name__in=names).delete()


def _insert(name: str, values: dict[str, object]) -> bool:
    try:
        with transaction.atomic(using=router.db_for_write(UsedKey)):
            _keys().create(name=name, **values)
    except IntegrityError:
        return False
    return True


def _keys() -> QuerySet[UsedKey]:
    return UsedKey.objects.using(router.db_for_write(UsedKey))
