"""Everything is killed at random while orders are placed: none is lost, none is done twice, none is made up."""

import os
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeGuard

import pytest

from .conftest import need_mode
from .figures import Figures
from .modes import MODES
from .story import Story

ORDERS = 300
SECONDS = 12.0
AT_ONCE = max(1, (os.cpu_count() or 1) // 2)

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

type Runs = Mapping[str, Future[Figures]]


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """Play the stories of the selected modes side by side: leases that must end are most of their time."""
    selected = {str(item.callspec.params["mode"]) for item in request.session.items if _plays(item)}
    playable = [mode for mode in selected if not MODES[mode].missing()]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {mode: pool.submit(_play, mode) for mode in sorted(playable)}


@pytest.mark.parametrize("mode", MODES)
def test_each_committed_order_has_its_effect_exactly_once(mode: str, runs: Runs) -> None:
    need_mode(MODES[mode])

    figures = runs[mode].result()

    assert figures.faults == {}, figures
    assert {"web", "scheduler", "worker", "worker child"} <= set(figures.kills), figures
    assert figures.orders >= ORDERS
    assert figures.rolled_back > 0


def _play(mode: str) -> Figures:
    return Story(mode=mode, orders=ORDERS, seconds=SECONDS, seed=random.randrange(1_000_000)).play()


def _plays(item: pytest.Item) -> TypeGuard[pytest.Function]:
    return isinstance(item, pytest.Function) and item.obj is test_each_committed_order_has_its_effect_exactly_once
