"""Writing down a step where it happens."""

import os
from datetime import datetime

from django.utils import timezone

from .models import Step


def record(
    name: Step.Name, *order_ids: int, at: datetime | None = None, took_ms: float | None = None, detail: str = ""
) -> None:
    """Note that the orders took this step; the first note of a step stands, later ones are ignored.

    The rows belong to the caller's transaction, so what is rolled back was never seen.
    """
    moment = at or timezone.now()
    Step.objects.bulk_create(
        [
            Step(order_id=order_id, name=name, at=moment, took_ms=took_ms, detail=detail[:500], pid=os.getpid())
            for order_id in order_ids
        ],
        ignore_conflicts=True,
    )
