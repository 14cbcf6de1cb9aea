"""Flags that are gone after the test."""

from collections.abc import Iterator
from datetime import date

import pytest

from framework.features import Flag, flags
from framework.features.snapshot import snapshot


@pytest.fixture(autouse=True)
def _no_memory() -> Iterator[None]:
    """Forget what tests declare and switch."""
    before, expected = dict(flags._declared), dict(flags.expected)
    snapshot.reset()
    yield
    snapshot.reset()
    flags._declared.clear()
    flags._declared.update(before)
    flags.expected.clear()
    flags.expected.update(expected)


@pytest.fixture
def flag() -> Flag:
    """Return a flag that is off by default."""
    return Flag(name="new_checkout", owner="shop", expires=date(2999, 1, 1))
