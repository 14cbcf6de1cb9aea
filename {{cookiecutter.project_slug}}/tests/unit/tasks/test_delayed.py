"""When to look again for what waits for its time."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from framework.tasks.models import Task
from framework.tasks.states.delayed import seconds_until_next

pytestmark = pytest.mark.django_db


def _waiting(delay: timedelta) -> None:
    present = timezone.now()
    Task.objects.create(
        id=uuid.uuid4(), actor="later", queue="own", max_attempts=1, created_at=present, available_at=present + delay
    )


def test_the_next_to_be_due_decides() -> None:
    began = timezone.now()
    _waiting(timedelta(days=1))
    _waiting(timedelta(minutes=1))

    seconds = seconds_until_next(["own"], "default")

    assert seconds is not None
    assert 59.9 - (timezone.now() - began).total_seconds() <= seconds <= 60


def test_what_became_due_since_the_last_claim_is_not_overlooked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framework.tasks.lanes.OVERLAP", timedelta(minutes=1))
    _waiting(timedelta(seconds=-1))
    _waiting(timedelta(days=1))

    assert seconds_until_next(["own"], "default") == 0


def test_nothing_that_waits_is_no_time_at_all() -> None:
    _waiting(timedelta(days=1))

    assert seconds_until_next(["other"], "default") is None
