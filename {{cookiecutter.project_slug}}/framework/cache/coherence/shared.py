"""The coherence that fits a shared tier: the host's generations, and a channel to other hosts with Redis."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from framework.cache.tier import EVERYTHING, Tier

from .generations import Generations

if TYPE_CHECKING:
    from .channel import Channel

#: How long a copy lives where nobody can tell this process of a change.
BLIND_SECONDS: Final = 2.0

_coherences: dict[tuple[Tier, str], "Coherence"] = {}
_lock: Final = threading.Lock()


class Coherence:
    """What a tiered cache asks about its copies, and tells about its changes."""

    def __init__(
        self,
        generations: Generations,
        *,
        between: Sequence[Tier],
        channel: "Channel | None",
        speaker: Tier,
    ) -> None:
        self.generations = generations
        self.between = between
        self.channel = channel
        self._speaker = speaker
        self.longest = float("inf") if generations.is_shared or channel is not None else BLIND_SECONDS

    def is_fresh(self) -> bool:
        """Tell whether copies in memory can be believed now."""
        return self.channel is None or self.channel.is_fresh

    def ticket(self, made: str) -> int:
        """Return the number a copy of this key has to carry; take it before the fetch."""
        return self.number(Generations.slot(made))

    def number(self, slot: int) -> int:
        """Return the present number of a slot."""
        number = self.generations.numbers[slot]
        return number if self.channel is None else number ^ self.channel.epoch

    def changed(self, *made: str) -> None:
        """Outdate every copy of these keys; none means all keys."""
        for tier in self.between:
            if made:
                tier.ask(lambda cache: cache.delete_many(made), None, changes=made)
            else:
                tier.ask(lambda cache: cache.clear(), None, changes=(EVERYTHING,))
        self._renew(made)

    def _renew(self, made: Sequence[str]) -> None:
        slots = [Generations.slot(key) for key in made]
        if slots:
            for slot in slots:
                self.generations.renew(slot)
        else:
            self.generations.renew_all()
        if self.channel is not None:
            name, message = self.channel.message(slots)
            # A message that does not leave makes the keys suspect: they are told again when the tier is back.
            self._speaker.ask(lambda cache: cache.publish(name, message), None, changes=made or (EVERYTHING,))


def coherence_of(tiers: Sequence[Tier], path: str = "") -> Coherence:
    """Return this process's coherence for these tiers, the last being the truth.

    ``path`` names the file of generations; without it, it lies in the state folder.
    """
    with _lock:
        found = _coherences.get((tiers[-1], path))
        if found is None:
            found = _coherences[tiers[-1], path] = _connect(tiers, path)
            for tier in tiers:
                tier.on_settled = lambda made: found.changed(*made)
        return found


def _connect(tiers: Sequence[Tier], path: str) -> Coherence:
    config = getattr(settings, "CONFIG", None)
    default = config.state_dir / f"cache-{tiers[-1].alias}.coherence" if config is not None else None
    generations = Generations(Path(path) if path else default)
    speaker = next((tier for tier in reversed(tiers) if hasattr(tier.cache, "open_channel")), tiers[-1])
    open_channel: Callable[[Generations], Channel] | None = getattr(speaker.cache, "open_channel", None)
    return Coherence(
        generations,
        between=tiers[:-1],
        channel=open_channel(generations) if open_channel is not None else None,
        speaker=speaker,
    )
