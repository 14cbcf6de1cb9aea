"""Everything is killed at random while orders are placed: none is lost, none is done twice, none is made up."""

import pytest

from .conftest import ORDERS, Runs, need_mode
from .modes import MODES

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]


@pytest.mark.parametrize("mode", MODES)
def test_each_committed_order_has_its_effect_exactly_once(mode: str, runs: Runs) -> None:
    need_mode(MODES[mode])

    figures = runs[mode].result()

    assert figures.faults == {}, figures
    assert {"web", "scheduler", "worker", "worker child"} <= set(figures.kills), figures
    assert figures.orders >= ORDERS
    assert figures.rolled_back > 0
