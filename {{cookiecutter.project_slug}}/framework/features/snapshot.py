"""The switched flags as one immutable mapping per process."""

import threading
from collections.abc import Mapping
from time import monotonic
from types import MappingProxyType

from django.conf import settings
from django.db import Error

from framework.logs import get_logger

logger = get_logger(__name__)

_EMPTY: Mapping[str, int] = MappingProxyType({})


class Snapshot:
    """Percentages by flag name; read without a lock, replaced whole."""

    def __init__(self) -> None:
        self._values = _EMPTY
        self._due = 0.0
        self._refreshing = threading.Lock()

    @property
    def is_due(self) -> bool:
        """True when the next look will read the table."""
        return monotonic() >= self._due

    def get(self) -> Mapping[str, int]:
        """Return the values, at most ``FEATURES_REFRESH_SECONDS`` behind the table."""
        if self.is_due and self._refreshing.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._refreshing.release()
        return self._values

    def forget(self) -> None:
        """Read the table again at the next look."""
        self._due = 0.0

    def _refresh(self) -> None:
        from .models import FlagSwitch

        try:
            self._values = MappingProxyType(dict(FlagSwitch.objects.values_list("name", "percentage")))
        except Error as error:
            # The last values go on counting: a database that is away must not switch features.
            logger.warning("flags_not_refreshed", error=str(error))
        self._due = monotonic() + settings.CONFIG.features.refresh_seconds


snapshot = Snapshot()
