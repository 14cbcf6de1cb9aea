"""Receivers that are connected for one test only, and a note of what reached them."""

from collections.abc import Iterator

import pytest

from framework.signals import temporary_receivers

from .shop import seen


@pytest.fixture(autouse=True)
def receivers_of_this_test() -> Iterator[None]:
    with temporary_receivers():
        yield
    seen.clear()
