"""Receivers for one test, and what they heard."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from framework.signals import on
from framework.signals.receivers import disconnect
from framework.signals.tasks import declare_queues

from . import sample

type Connect = Callable[..., None]


@pytest.fixture
def heard() -> Iterator[list[object]]:
    sample.heard.clear()
    yield sample.heard
    sample.heard.clear()


@pytest.fixture
def connect() -> Iterator[Connect]:
    connected: list[tuple[type, Callable[[Any], Any]]] = []

    def connect(function: Callable[[Any], Any], event: type = sample.Paid, **mode: Any) -> None:
        connected.append((event, function))
        on(event, **mode)(function)
        declare_queues()

    yield connect
    for event, function in connected:
        disconnect(event, function)
