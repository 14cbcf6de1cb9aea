"""What people look at costs no more in a large table."""

from collections.abc import Callable
from functools import partial
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from framework.tasks.states import TaskState
from tests.table_size import grown_by_rows, shorten_looks

from .conftest import LogIn

LIST = "/admin/tasks/task/"
BOUNDED = (
    "framework.tasks.counts",
    "framework.tasks.listing",
    "framework.tasks.statistics",
    "framework.console.task_list",
)


def looks(client: Client) -> dict[str, Callable[[], object]]:
    """Return the pages, and the lists of a terminal."""
    queries = ["", *(f"?state__exact={state}" for state in TaskState), "?queue=sizes", "?q=seldom", "?actor=seldom"]
    queries += ["?queue=none&state__exact=done", "?actor=none&state__exact=dead", "?p=2", "?o=3"]
    lists = ("list", "list --state=pending", "list --actor=none", "dead", "queues", "metrics")
    return {
        **{f"page {query}": partial(client.get, f"{LIST}{query}") for query in queries},
        "operations": partial(client.get, "/admin/operations/"),
        **{words: partial(call_command, "tasks", *words.split(), stdout=StringIO()) for words in lists},
    }


@pytest.mark.django_db(transaction=True)
def test_no_page_reads_more_of_a_larger_table(log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_looks(monkeypatch, *BOUNDED)
    client = log_in("tasks.view_task")

    assert grown_by_rows(lambda: looks(client)) == {}
