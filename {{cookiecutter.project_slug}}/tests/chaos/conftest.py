"""Stages for the tests that kill things, and the stories that play beside them."""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from tests.requirement import need

from .figures import Figures
from .modes import MODES, Mode
from .stage import Stage, stage
from .story import Story

HERE: Final = Path(__file__).parent
STORIES: Final = "test_random_kills"
ORDERS: Final = 300
SECONDS: Final = 12.0
AT_ONCE: Final = max(1, (os.cpu_count() or 1) // 2)

type SetStage = Callable[[Mode], Stage]
type Runs = Mapping[str, Future[Figures]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests that kill things come last, and of these the ones whose stories play beside the others."""
    items.sort(key=lambda item: (item.path.is_relative_to(HERE), item.path.stem == STORIES))


def need_mode(mode: Mode) -> None:
    """Go on when the servers of ``mode`` are installed."""
    missing = mode.missing()
    need(not missing, ", ".join(missing))


@pytest.fixture(scope="session", autouse=True)
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """Play the stories of the selected modes beside the other tests: they mostly wait for leases to end."""
    ours = [item for item in request.session.items if isinstance(item, pytest.Function) and item.path.stem == STORIES]
    selected = [mode for mode in MODES if any(item.callspec.params["mode"] == mode for item in ours)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {mode: pool.submit(_play, mode) for mode in selected if not MODES[mode].missing()}
        pool.shutdown(cancel_futures=True)


def _play(mode: str) -> Figures:
    return Story(mode=mode, orders=ORDERS, seconds=SECONDS, seed=random.randrange(1_000_000)).play()


@pytest.fixture(autouse=True)
def _proc() -> None:
    need(Path("/proc/self/stat").exists(), "/proc, to find the processes that a killed one leaves")


@pytest.fixture
def set_stage() -> Iterator[SetStage]:
    """Return a function that sets up a site in a mode; it is gone after the test."""
    with ExitStack() as stages:

        def enter(mode: Mode) -> Stage:
            need_mode(mode)
            return stages.enter_context(stage(mode))

        yield enter
