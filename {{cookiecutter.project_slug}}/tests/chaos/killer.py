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

#: Seconds between two deaths of one process, on average, when all goes well.
EVERY: Final = {"web": 2.5, "scheduler": 4.0, "worker": 5.0, "worker child": 8.0}
EVERY_BROKER: Final = 5.0
# It takes five seconds to come back; a broker that is never there proves nothing.
EVERY_RABBITMQ: Final = 14.0
EVERY_POSTGRES: Final = 9.0
EVERY_BACKEND: Final = 5.0


@dataclass(kw_only=True)
class Victim:
    """One thing to do to a process; ``strike`` tells whether it was there to be struck."""

    kind: str
    every: float
    strike: Callable[[], bool]
    due: float = 0.0
    orders: int = 0


@dataclass
class Killer:
    """Strikes at times drawn from a seed, but nobody twice without an order in between.

    On a slow machine everything would else be killed before it has started, for ever; ``slowness`` stretches
    the times for the same reason.
    """

    stage: Stage
    rng: random.Random
    slowness: float = 1.0
    kills: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._victims = [*self._commands(), *self._servers()]
        for victim in self._victims:
            # Early, so that a short run meets each of them.
            victim.due = time.monotonic() + self.rng.uniform(0.1, 0.6) * self.slowness * victim.every

    @property
    def kinds(self) -> set[str]:
        """Everything that will be struck, sooner or later."""
        return {victim.kind for victim in self._victims}

    def step(self, orders: int) -> None:
        """Strike where it is time; ``orders`` is how many were placed so far."""
        for victim in self._victims:
            if victim.due <= time.monotonic() and victim.orders < orders and victim.strike():
                self.kills[victim.kind] += 1
                victim.orders = orders
                victim.due = time.monotonic() + self.rng.uniform(0.3, 1.7) * self.slowness * victim.every

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
            backend = partial(self._kill_one, database.backends)
            yield Victim(kind="postgres backend", every=EVERY_BACKEND, strike=backend)

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
