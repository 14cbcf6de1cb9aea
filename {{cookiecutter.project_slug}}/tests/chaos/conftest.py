"""Stages for the tests that kill things."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.requirement import need

from .modes import Mode
from .stage import Stage, stage

type SetStage = Callable[[Mode], Stage]


def need_mode(mode: Mode) -> None:
    """Go on when the servers of ``mode`` are installed."""
    missing = mode.missing()
    need(not missing, ", ".join(missing))


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
