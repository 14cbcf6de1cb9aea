"""Who is killed, how often, and in which way."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from tests.servers import Process, RabbitMQ
from tests.servers.process import kill

from .stage import Stage

#: Seconds between two deaths of one process, on average, of the time in which orders get through.
EVERY: Final = {"web": 2.5, "scheduler": 4.0, "worker": 5.0, "worker child": 8.0}
EVERY_BROKER: Final = 5.0
# It takes five seconds to come back; a broker that is never there proves nothing.
EVERY_RABBITMQ: Final = 14.0
EVERY_POSTGRES: Final = 9.0
EVERY_BACKEND: Final = 5.0
EVERY_POOLER: Final = 9.0
#: Between two jumps of a clock, and how far it jumps.
EVERY_CLOCK: Final = 3.0
JUMPS: Final = (-3600.0, -90.0, 90.0, 3600.0)
#: Orders flow while the last one is no older than this.
FLOW_SECONDS: Final = 0.3


@dataclass(kw_only=True)
class Victim:
    """One thing to do to a process; ``strike`` tells whether it was there to be struck."""

    kind: str
    every: float
    strike: Callable[[], bool]
    due: float = 0.0


@dataclass
class Killer:
    """Strikes at times drawn from a seed, on a clock that stands still while no order gets through.

    By any other clock all would be due together after a standstill, and on a slow machine for ever.
    """

    stage: Stage
    rng: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    _clock: float = 0.0
    _orders: int = 0

    def __post_init__(self) -> None:
        self._looked = self._moved = time.monotonic()
        self._victims = [*self._commands(), *self._servers(), *self._clocks()]
        for victim in self._victims:
            # Early, so that a short run meets each of them.
            victim.due = self.rng.uniform(0.1, 0.6) * victim.every

    @property
    def kinds(self) -> set[str]:
        """Everything that will be struck, sooner or later."""
        return {victim.kind for victim in self._victims}

    def step(self, orders: int) -> None:
        """Strike where it is time; ``orders`` is how many were placed so far."""
        self._tick(orders)
        for victim in self._victims:
            if victim.due <= self._clock and victim.strike():
                self.kills[victim.kind] += 1
                victim.due = self._clock + self.rng.uniform(0.3, 1.7) * victim.every

    def _tick(self, orders: int) -> None:
        now = time.monotonic()
        if orders > self._orders:
            self._orders, self._moved = orders, now
        if now - self._moved < FLOW_SECONDS:
            self._clock += now - self._looked
        self._looked = now

    def _commands(self) -> Iterator[Victim]:
        for name, process in self.stage.commands.items():
            kind = name.rstrip("0123456789")
            yield Victim(kind=kind, every=EVERY[kind], strike=partial(_end, process, process.kill))
            if kind == "worker":
                one = partial(self._kill_one, process.children)
                yield Victim(kind="worker child", every=EVERY["worker child"], strike=one)

    def _servers(self) -> Iterator[Victim]:
        if (broker := self.stage.broker) is not None:
            every = EVERY_RABBITMQ if isinstance(broker, RabbitMQ) else EVERY_BROKER
            yield Victim(kind="broker", every=every, strike=partial(_end, broker, broker.kill))
        if (database := self.stage.database) is not None:
            stop = partial(_end, database, database.stop_at_once)
            yield Victim(kind="postgres", every=EVERY_POSTGRES, strike=stop)
            if (pooler := self.stage.pooler) is not None:
                yield Victim(kind="pooler", every=EVERY_POOLER, strike=partial(_end, pooler, pooler.kill))
            backend = partial(self._kill_one, database.backends)
            yield Victim(kind="postgres backend", every=EVERY_BACKEND, strike=backend)

    def _clocks(self) -> Iterator[Victim]:
        for kind, shift in self.stage.clocks.items():
            yield Victim(kind=kind, every=EVERY_CLOCK, strike=partial(self._jump, shift))

    def _jump(self, shift: Callable[[float], bool]) -> bool:
        return shift(self.rng.choice(JUMPS))

    def _kill_one(self, of: Callable[[], list[int]]) -> bool:
        pids = of()
        if pids:
            kill(self.rng.choice(pids))
        return bool(pids)


def _end(process: Process, how: Callable[[], None]) -> bool:
    if not process.is_running:
        return False
    how()
    return True
