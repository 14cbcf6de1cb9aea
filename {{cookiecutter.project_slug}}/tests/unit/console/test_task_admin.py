"""Tasks in the admin: looked at by many, acted on by some."""

import uuid
from typing import Any

import dramatiq
import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django_dramatiq.models import Task as UnusedTask

from framework.tasks.models import Task

from .conftest import LogIn

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/tasks/task/"


@pytest.fixture
def task(broker: dramatiq.Broker) -> Task:
    """Return a task that waits."""

    @dramatiq.actor(actor_name="send_invoice", broker=broker)
    def send_invoice(number: int, **options: str) -> None:
        """Do nothing."""

    send_invoice.send(4711, note="<b>bold</b>")
    return Task.objects.get(actor="send_invoice")


def act(client: Client, action: str, *tasks: Task) -> Any:
    chosen = {"action": action, "_selected_action": [task.pk for task in tasks]}
    return client.post(LIST, chosen, follow=True)


def test_tasks_are_listed_and_filtered(log_in: LogIn, task: Task) -> None:
    client = log_in("tasks.view_task")

    assert "send_invoice" in client.get(LIST).content.decode()
    assert "send_invoice" in client.get(f"{LIST}?state__exact=pending").content.decode()
    assert str(task.id) not in client.get(f"{LIST}?state__exact=dead").content.decode()


@pytest.mark.parametrize("search", ["{id}", " {id} ", "{id.hex}", "invoice"])
def test_a_task_is_found_by_its_id_and_by_its_actor(log_in: LogIn, task: Task, search: str) -> None:
    page = log_in("tasks.view_task").get(LIST, {"q": search.format(id=task.id)}).content.decode()

    assert str(task.id) in page


def test_another_id_finds_nothing(log_in: LogIn, task: Task) -> None:
    page = log_in("tasks.view_task").get(LIST, {"q": str(uuid.uuid4())}).content.decode()

    assert str(task.id) not in page


def test_how_far_a_task_is_can_be_seen(log_in: LogIn, task: Task) -> None:
    client = log_in("tasks.view_task")
    assert "<progress" not in client.get(LIST).content.decode()

    Task.objects.update(progress=0.42, progress_note="<pages>")

    page = client.get(LIST).content.decode()
    assert 'value="0.42"' in page
    assert "42&nbsp;% &lt;pages&gt;" in page


def test_a_task_is_shown_whole_and_harmless(log_in: LogIn, task: Task) -> None:
    page = log_in("tasks.view_task").get(reverse("admin:tasks_task_change", args=[task.pk])).content.decode()

    assert "4711" in page
    assert "&lt;b&gt;bold" in page
    assert "<b>bold" not in page


def test_a_waiting_task_is_cancelled_and_the_act_is_on_record(log_in: LogIn, task: Task) -> None:
    act(log_in("tasks.view_task", "tasks.change_task"), "cancel", task)

    task.refresh_from_db()
    entry = LogEntry.objects.get()
    assert task.state == "cancelled"
    assert (entry.user_id, entry.object_id, entry.change_message) == (
        entry.user_id,
        str(task.pk),
        "Cancelled by hand.",
    )


def test_a_dead_task_is_retried(log_in: LogIn, task: Task) -> None:
    Task.objects.update(state="dead", attempts=20)

    answer = act(log_in("tasks.view_task", "tasks.change_task"), "retry", task)

    task.refresh_from_db()
    assert (task.state, task.attempts) == ("pending", 0)
    assert "Retried: 1 of 1." in answer.content.decode()


@pytest.mark.parametrize("action", ["retry", "cancel", "delete_selected"])
def test_who_may_only_look_cannot_act(log_in: LogIn, task: Task, action: str) -> None:
    Task.objects.update(state="pending", attempts=3)

    act(log_in("tasks.view_task"), action, task)

    task.refresh_from_db()
    assert (task.state, task.attempts) == ("pending", 3)


@pytest.mark.parametrize("address", ["add/", "{pk}/delete/"])
def test_nobody_writes_tasks_by_hand(log_in: LogIn, task: Task, address: str) -> None:
    client = log_in(is_superuser=True)

    assert client.get(LIST + address.format(pk=task.pk)).status_code == 403


def test_nobody_changes_a_task_by_hand(log_in: LogIn, task: Task) -> None:
    address = reverse("admin:tasks_task_change", args=[task.pk])

    assert log_in(is_superuser=True).post(address, {"state": "done"}).status_code == 403


def test_the_unused_table_of_django_dramatiq_is_not_shown() -> None:
    assert not admin.site.is_registered(UnusedTask)
