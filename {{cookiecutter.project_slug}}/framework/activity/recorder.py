"""Sightings in memory until they are written."""

import atexit
import threading
from collections.abc import Hashable
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import Error, connections

from framework.logs import get_logger

#: Rows of one statement.
LOT: Final = 500

logger = get_logger(__name__)


class Recorder:
    """The newest sighting of each user since the last time they were written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[Hashable, datetime] = {}
        self._writer: threading.Timer | None = None

    def note(self, user: Hashable, moment: datetime) -> None:
        """Keep a sighting; the first one after a while starts the clock."""
        with self._lock:
            self._seen[user] = moment
            if self._writer is None:
                self._writer = threading.Timer(settings.CONFIG.activity.write_seconds, self._write_aside)
                self._writer.name, self._writer.daemon = "activity", True
                self._writer.start()

    def write(self) -> int:
        """Write what was noted; return how many users that were. What cannot be written is kept."""
        with self._lock:
            seen, self._seen = self._seen, {}
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.cancel()
        try:
            _store(seen)
        except Error as error:
            logger.warning("activity_not_written", users=len(seen), error=str(error).strip())
            for user, moment in seen.items():
                self._keep(user, moment)
            return 0
        return len(seen)

    def reset(self) -> None:
        """Forget what was noted; for tests."""
        with self._lock:
            self._seen = {}
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.cancel()

    def _keep(self, user: Hashable, moment: datetime) -> None:
        with self._lock:
            newer = max(moment, self._seen.get(user, moment))
        self.note(user, newer)

    def _write_aside(self) -> None:
        try:
            self.write()
        finally:
            connections.close_all()


def _store(seen: dict[Hashable, datetime]) -> None:
    from .models import Sighting

    rows: list[Any] = [Sighting(user_id=user, seen_at=moment) for user, moment in seen.items()]
    Sighting.objects.bulk_create(
        rows, batch_size=LOT, update_conflicts=True, unique_fields=["user"], update_fields=["seen_at"]
    )


recorder: Final = Recorder()


def write_activity() -> int:
    """Write now what this process has noted; return of how many users."""
    return recorder.write()


def write_the_rest(sender: object, **kwargs: Any) -> None:
    """Receive ``server_stops``: write the sightings of the last seconds."""
    write_activity()


# Of servers that tell an application nothing, and end as Python does.
atexit.register(write_activity)
