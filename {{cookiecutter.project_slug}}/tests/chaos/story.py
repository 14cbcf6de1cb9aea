"""Kill everything at random while orders are placed, then compare what was ordered with what happened."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tests.patience import PATIENCE_SECONDS

from .books import UNREADABLE
from .figures import Figures, Run, figures
from .killer import Killer
from .modes import MODES
from .stage import Stage, stage

THREADS: Final = 32
#: Seconds between two orders of one producer.
PAUSE: Final = 0.1
TICK_SECONDS: Final = 0.02

type Report = Callable[[str, int, Counter[str]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One run: until ``orders`` were confirmed, ``seconds`` went by and each kind of victim was struck."""

    mode: str
    orders: int
    seconds: float
    seed: int
    keep: bool = False

    def play(self, report: Report = lambda phase, orders, kills: None) -> Figures:
        """Run it to its end and return the figures."""
        with stage(MODES[self.mode], keep=self.keep) as site:
            _open(site)
            killer = Killer(site, random.Random(self.seed))
            killed = self._kill(site, killer, report)
            settled = _settle(site, killer, report)
            run = Run(
                mode=self.mode,
                seed=self.seed,
                confirmed=_lines(site.folder / "confirmed"),
                refused=_lines(site.folder / "refused"),
                kills=killer.kills,
                seconds_of_kills=killed,
                seconds_to_settle=settled,
                last_words="" if _is_settled(site) else site.said(),
            )
            return figures(site.books, run)

    def _kill(self, site: Stage, killer: Killer, report: Report) -> float:
        """Kill and revive; return how long it took."""
        began = moved = time.monotonic()
        orders = 0
        while orders < self.orders or time.monotonic() < began + self.seconds or killer.kinds != set(killer.kills):
            killer.step(orders)
            site.revive()
            report("killing", orders, killer.kills)
            time.sleep(TICK_SECONDS)
            before, orders = orders, _count(site.folder / "confirmed")
            moved = time.monotonic() if orders > before else moved
            assert time.monotonic() < moved + PATIENCE_SECONDS, f"no order for {PATIENCE_SECONDS:g} s\n{site.said()}"
        return time.monotonic() - began


def _open(site: Stage) -> None:
    """Start the site, and return when the first order is through."""
    files = ["--confirmed", str(site.folder / "confirmed"), "--refused", str(site.folder / "refused")]
    site.run("scheduler", "scheduler")
    for release in ("1", "2"):
        site.run(f"worker{release}", "worker", "--processes", "1", "--threads", str(THREADS), SHOP_RELEASE=release)
        site.run(f"web{release}", "produce", "--pause", str(PAUSE), *files, SHOP_RELEASE=release)
    site.until(lambda: bool(site.books.effects("receipt")), what="no order got its receipt")


def _settle(site: Stage, killer: Killer, report: Report) -> float:
    """Stop ordering, end the old release, let everything else live, and return how long the rest took."""
    for name in ("web1", "web2", "worker1"):
        site.commands.pop(name).kill()
    site.revive()
    # What the old release has put aside waits for half a minute each time.
    for shift in site.clocks.values():
        site.until(partial(shift, 60.0), what="no clock to set", revive=True)
    began = time.monotonic()
    quiet = 0
    # Twice in a row: a commit of a producer's last moment may still be on its way.
    while quiet < 2 and time.monotonic() < began + PATIENCE_SECONDS:
        site.revive()
        report("settling", _count(site.folder / "confirmed"), killer.kills)
        quiet = quiet + 1 if _is_settled(site) else 0
        time.sleep(0.2)
    return time.monotonic() - began


def _is_settled(site: Stage) -> bool:
    try:
        return site.books.unfinished() == 0
    except UNREADABLE:
        return False


def _count(file: Path) -> int:
    """Return how many keys, of 32 digits and a line end each, ``file`` holds."""
    return file.stat().st_size // 33 if file.exists() else 0


def _lines(file: Path) -> set[str]:
    return set(file.read_text(encoding="utf-8").split()) if file.exists() else set()
