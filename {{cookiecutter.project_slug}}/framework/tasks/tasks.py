"""The framework's own scheduled work."""

import dramatiq
from django.utils import timezone

from framework.logs import get_logger

from .conf import LIMITS
from .scheduling import cron

logger = get_logger(__name__)


@cron("30 3 * * *")
@dramatiq.actor(queue_name="maintenance", max_retries=3)
def delete_finished_tasks() -> None:
    """Delete what was done or cancelled longer ago than the retention, batch by batch."""
    from .transitions import delete_finished

    before = timezone.now() - LIMITS.retention
    while deleted := delete_finished(before):
        logger.info("finished_tasks_deleted", count=deleted)
