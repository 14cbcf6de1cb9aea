"""Who is killed, how often, and in which way."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.servers import Process, RabbitMQ
from tests.servers.process import kill

from .stage import Stage


@dataclass(kw_only=True)
class Victim:
    """One thing to do to a process, every so many seconds on average."""

    kind: str
    every: float
    strike: Callable[[], None]
    due: float = 0.0


@dataclass
class Killer:
    """Strikes at times drawn from a seed; what is dead when its time comes is left in peace."""

    stage: Stage
    rng: random.Random
    kills: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._victims = [*self._commands(), *self._servers()]
        for victim in self._victims:
            # Early, so that a short run meets each of them.
            victim.due = time.monotonic() + self.rng.uniform(0.1, 0.6) * victim.every

    def step(self) -> None:
        """Strike where it is time."""
        for victim in self._victims:
            if victim.due <= time.monotonic():
                victim.strike()
                self._draw(victim)

    def _draw(self, victim: Victim) -> None:
        victim.due = time.monotonic() + self.rng.uniform(0.3, 1.7) * victim.every

    def _commands(self) -> list[Victim]:
        found = []
        for name, process in self.stage.commands.items():
            kind = name.rstrip("0123456789")
            every = {"web": 2.5, "scheduler": 4.0, "worker": 5.0}[kind]
            found.append(self._victim(kind, every, process, process.kill))
            if kind == "worker":
                found.append(self._victim("worker child", 8.0, process, partial(self._child, process)))
        return found

    def _servers(self) -> list[Victim]:
        found = []
        if (broker := self.stage.broker) is not None:
            # RabbitMQ takes five seconds to come back; a broker that is never there proves nothing.
            every = 14.0 if isinstance(broker, RabbitMQ) else 5.0
            found.append(self._victim("broker", every, broker, broker.kill))
        if (database := self.stage.database) is not None:
            found.append(self._victim("postgres", 9.0, database, database.stop_at_once))
            found.append(self._victim("postgres backend", 5.0, database, partial(database.kill_a_backend, self.rng)))
        return found

    def _victim(self, kind: str, every: float, process: Process, strike: Callable[[], None]) -> Victim:
        def strike_the_living() -> None:
            if process.is_running:
                strike()
                self.kills[kind] += 1

        return Victim(kind=kind, every=every, strike=strike_the_living)

    def _child(self, process: Process) -> None:
        if children := process.children():
            kill(self.rng.choice(children))
