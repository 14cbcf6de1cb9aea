"""The snippets of the documentation run as they stand there, and the application uses them."""

import re
from decimal import Decimal
from typing import Any

import dramatiq
import pytest
from django.core.cache import cache
from django.db.models.signals import post_save

from apps.orders.models import Order
from framework.conf import DjangoConfig
from framework.conf.environment import ROOT
from framework.logs import get_logger
from framework.services import DjangoTelegram
from framework.tasks import run_tasks

PAGE = ROOT / "docs" / "snippets.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def run(snippet: str, **names: Any) -> dict[str, Any]:
    """Run a snippet in a namespace that holds ``names``; return what it left there."""
    namespace = {"__name__": "tests.snippet", **names}
    exec(compile(snippet, str(PAGE), "exec"), namespace)  # noqa: S102 - the code is our own documentation
    return namespace


def test_there_are_four() -> None:
    assert len(SNIPPETS) == 4


def test_the_registry_gives_the_components_themselves() -> None:
    names = run(SNIPPETS[0])

    assert names["DjangoConfig"] is DjangoConfig
    assert names["get_logger"] is get_logger
    assert names["DjangoTelegram"] is DjangoTelegram


@pytest.mark.django_db
def test_the_receiver_hears_of_a_saved_model() -> None:
    heard: list[bool] = []
    snippet = SNIPPETS[1].replace("**kwargs): ...", "**kwargs): heard.append(created)")
    names = run(snippet, MyModel=Order, heard=heard)

    order = Order.objects.create(product="tea", unit_price=Decimal(1), total=Decimal(1), email="ada@example.com")
    order.save()
    post_save.disconnect(names["handle_model_change"], sender=Order)

    assert heard == [True, False]


@pytest.mark.django_db(transaction=True)
def test_the_actor_runs_in_a_worker(broker: dramatiq.Broker) -> None:
    done: list[int] = []
    names = run(SNIPPETS[2].replace("data_id): ...", "data_id): done.append(data_id)"), done=done)

    names["process_data"].send(42)
    [task] = run_tasks()

    assert done == [42]
    assert (task.state, task.queue) == ("done", "myapp")


@pytest.mark.django_db
def test_the_cache_gives_back_what_was_set() -> None:
    names = run(SNIPPETS[3], value={"a": 1})

    assert names["result"] == {"a": 1}
    assert cache.get("key") == {"a": 1}


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("receipts.py", "from framework.registry import DjangoConfig, get_logger"),
        ("receivers.py", "from framework.registry import DjangoTelegram"),
        ("receivers.py", "@receiver(post_save, sender=Order)"),
        ("tasks.py", '@dramatiq.actor(queue_name="mail")'),
        ("summary.py", "cache.set(_PREVIOUS_KEY, str(summary), timeout=3600)"),
    ],
)
def test_the_application_uses_what_the_snippets_show(file: str, line: str) -> None:
    assert line in (ROOT / "apps" / "orders" / file).read_text(encoding="utf-8")
