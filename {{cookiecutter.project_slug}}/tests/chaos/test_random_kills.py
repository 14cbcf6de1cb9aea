"""Everything is killed at random while orders are placed: none is lost, none is done twice, none is made up."""

import json
import random
from typing import Final

import pytest

from .conftest import need_mode
from .modes import MODES
from .story import Story

ORDERS: Final = 60
SECONDS: Final = 6.0

pytestmark = [pytest.mark.chaos, pytest.mark.random]


@pytest.mark.parametrize("mode", MODES)
def test_each_committed_order_has_its_effect_exactly_once(mode: str) -> None:
    need_mode(MODES[mode])

    figures = Story(mode=mode, orders=ORDERS, seconds=SECONDS, seed=random.getrandbits(32)).play()

    assert figures.faults == {}, json.dumps(figures.document(), indent=1)
    assert {"web", "scheduler", "worker", "worker child"} <= set(figures.kills), figures
    assert figures.orders >= ORDERS
    assert figures.rolled_back > 0
