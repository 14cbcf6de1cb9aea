"""Connections of a worker to PostgreSQL."""

from typing import Any

import dramatiq
import pytest
from django.db import OperationalError, connections
from psycopg_pool import PoolTimeout

from framework.tasks import TaskState, run_tasks
from framework.tasks.pool import OF_THE_ENGINE, fit_pool

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the options of a pool of 16."""
    options: dict[str, Any] = {"min_size": 1, "max_size": 16}
    monkeypatch.setitem(connections["default"].settings_dict, "OPTIONS", {"pool": options})
    return options


@pytest.mark.any_database
@pytest.mark.parametrize(("threads", "size"), [(1, 16), (4, 16), (5, 5 + OF_THE_ENGINE), (24, 24 + OF_THE_ENGINE)])
def test_a_pool_has_a_connection_for_each_thread(pool: dict[str, Any], threads: int, size: int) -> None:
    assert fit_pool(threads) == size == pool["max_size"]


@pytest.mark.any_database
def test_where_there_is_no_pool_there_is_nothing_to_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "OPTIONS", {})

    assert fit_pool(24) == 0


@pytest.mark.parametrize("atomic", [False, True])
def test_a_task_that_found_no_connection_has_not_failed(atomic: bool) -> None:
    def starve() -> None:
        raise OperationalError("no connection") from PoolTimeout("couldn't get a connection after 10.00 sec")

    dramatiq.actor(actor_name="starve", queue_name="pool", max_retries=0, atomic=atomic)(starve).send()

    [task] = run_tasks()

    assert (task.state, task.attempts, task.errors) == (TaskState.PENDING, 0, [])
