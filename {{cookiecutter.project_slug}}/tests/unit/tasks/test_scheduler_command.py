"""``manage.py scheduler``: the trouble of one part stays its own."""

import pytest
from django.db import DataError, OperationalError
from structlog.testing import capture_logs

from framework.tasks.management.commands.scheduler import FAILED_SECONDS, Command, Part
from framework.tasks.scheduler import Scheduler
from framework.tasks.wake import POLL_SECONDS


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return how often the connections were closed; those of the test stay open."""
    calls: list[str] = []
    monkeypatch.setattr(
        "framework.tasks.management.commands.scheduler.connections.close_all", lambda: calls.append("closed")
    )
    return calls


class Faltering(Scheduler):
    """Fails as often as it is told to."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def poll(self) -> float:
        if self.errors:
            raise self.errors.pop(0)
        return 7.0


@pytest.mark.parametrize(
    ("error", "event", "pause"),
    [
        (OperationalError("the server is gone"), "database_unreachable", POLL_SECONDS),
        (DataError("value too long"), "scheduler_part_failed", FAILED_SECONDS),
        (TypeError("no list"), "scheduler_part_failed", FAILED_SECONDS),
    ],
)
def test_a_part_that_fails_is_told_and_tried_again(
    closed: list[str], error: Exception, event: str, pause: float
) -> None:
    part = Faltering(error)
    failed: set[Part] = set()

    with capture_logs() as logs:
        pauses = [Command._poll(part, failed)]
        assert failed == {part}
        pauses.append(Command._poll(part, failed))

    assert pauses == [pause, 7.0]
    assert [line["event"] for line in logs] == [event]
    assert failed == set()
    assert closed == ["closed"]
