"""The switched flags as one immutable mapping per process."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Collection, Mapping
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import Error, connections, transaction

from framework.logs import get_logger
from framework.middleware.measure import unmeasured

if TYPE_CHECKING:
    from .rules import Rule

logger = get_logger(__name__)

_EMPTY: Mapping[str, "Rule"] = MappingProxyType({})


class Snapshot:
    """Rules by flag name; read without a lock, replaced whole.

    Only the first look at the table is waited for. Later ones happen in a thread of their own while the
    values at hand go on counting, so that no request waits for them and none fails with the database.
    """

    def __init__(self) -> None:
        self._values = _EMPTY
        self._due = 0.0
        self._refreshing = threading.Lock()
        self._is_loaded = False

    @property
    def must_wait(self) -> bool:
        """True when the next look waits for the table."""
        return not self._is_loaded and monotonic() >= self._due

    def get(self) -> Mapping[str, "Rule"]:
        """Return the values, a little more than ``FEATURES_REFRESH_SECONDS`` behind the table at most."""
        if self.must_wait and not _on_event_loop():
            self.refresh()
        elif monotonic() >= self._due and self._refreshing.acquire(blocking=False):
            at_hand = self._values
            threading.Thread(target=self._refresh_aside, name="flags", daemon=True).start()
            return at_hand
        return self._values

    def refresh(self) -> None:
        """Read the table now."""
        try:
            with unmeasured():
                self._values = MappingProxyType(_read())
            self._is_loaded = True
        except Error as error:
            # The last values go on counting: a database that is away must not switch features.
            logger.warning("flags_not_refreshed", error=str(error))
        self._due = monotonic() + settings.CONFIG.features.refresh_seconds

    async def aload(self) -> None:
        """Wait for the first look at the table, which code on the event loop cannot do by itself."""
        if self.must_wait:
            await sync_to_async(self.refresh)()

    def assume(self, values: Mapping[str, "Rule"]) -> None:
        """Know ``values`` without a look at the table; for tests without a database."""
        self._values = MappingProxyType(dict(values))
        self._is_loaded = True
        self._due = monotonic() + settings.CONFIG.features.refresh_seconds

    def reset(self) -> None:
        """Know nothing, as in a new process; for tests."""
        self._values = _EMPTY
        self.forget()

    def forget(self) -> None:
        """Wait for the table at the next look."""
        self._is_loaded = False
        self._due = 0.0

    def _refresh_aside(self) -> None:
        try:
            self.refresh()
        finally:
            connections.close_all()
            self._refreshing.release()


def _read() -> dict[str, "Rule"]:
    from .models import FlagSwitch
    from .rules import Rule

    switches = list(FlagSwitch.objects.all())
    members = _members({group for switch in switches for group in switch.groups})
    return {
        switch.name: Rule(
            percentage=switch.percentage,
            members=frozenset().union(*(members.get(group, ()) for group in switch.groups)),
            attributes={name: frozenset(values) for name, values in switch.attributes.items()},
        )
        for switch in switches
    }


def _members(groups: Collection[str]) -> dict[str, set[str]]:
    """Return who is in each of ``groups``; no query without any."""
    found: dict[str, set[str]] = defaultdict(set)
    if groups:
        rows = get_user_model().objects.filter(groups__name__in=groups).values_list("groups__name", "pk")
        for group, key in rows:
            found[group].add(f"user:{key}")
    return found


def _on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


snapshot = Snapshot()


def forget_on_commit(sender: object, using: str, **kwargs: Any) -> None:
    """Let the process that changed a switch see it at once; others see it at their next look."""
    transaction.on_commit(snapshot.forget, using=using)
