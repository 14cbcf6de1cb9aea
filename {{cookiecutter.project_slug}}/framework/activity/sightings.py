"""Asking who was here."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

    from .models import Sighting


def last_seen(user: "AbstractBaseUser") -> datetime | None:
    """Return when ``user`` was last here, ``ACTIVITY_WRITE_SECONDS`` behind at most; ``None`` if never."""
    from .models import Sighting

    return Sighting.objects.filter(user_id=user.pk).values_list("seen_at", flat=True).first()


def seen_since(moment: datetime) -> "QuerySet[Sighting]":
    """Return the sightings since ``moment``, newest first; ``.count()`` tells how many users were here."""
    from .models import Sighting

    return Sighting.objects.filter(seen_at__gte=moment).order_by("-seen_at")
