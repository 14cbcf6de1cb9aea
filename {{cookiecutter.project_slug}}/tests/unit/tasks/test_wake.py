"""The thread that tells who waits of committed tasks."""

import threading

import pytest

from framework.tasks import wake
from framework.tasks.wake import Wakes
from tests.patience import eventually


def watched(runs: list[threading.Thread]) -> Wakes:
    """Return wakes whose watch runs until nobody waits any more."""
    pause = threading.Event()

    def watch(wakes: Wakes) -> None:
        runs.append(threading.current_thread())
        while wakes.is_awaited():
            pause.wait(0.001)

    return Wakes(watch)


def test_it_ends_when_nobody_waits_and_begins_again_with_who_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake, "UNAWAITED_SECONDS", 0.05)
    runs: list[threading.Thread] = []
    wakes = watched(runs)

    wakes.of("queue").wait(0, 0)
    assert eventually(lambda: bool(runs) and not runs[0].is_alive())
    wakes.any.wait(0, 0)

    assert eventually(lambda: len(runs) == 2)
    assert eventually(lambda: not runs[1].is_alive())


def test_one_thread_watches_for_all_who_wait() -> None:
    runs: list[threading.Thread] = []
    wakes = watched(runs)

    for name in ("one", "two", "one"):
        wakes.of(name).wait(0, 0)

    assert eventually(lambda: len(runs) == 1)
    assert len(runs) == 1
