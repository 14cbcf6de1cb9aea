"""``manage.py events``."""

import json
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from framework.signals import on, on_change, on_create

from . import shop
from .shop import Paid

NAME = "tests.unit.signals.shop.Paid"


def output(*arguments: str) -> str:
    out = StringIO()
    call_command("events", *arguments, stdout=out)
    return out.getvalue()


def test_the_list_names_event_receiver_mode_queue_and_line() -> None:
    on(Paid, durable=True, queue="mail")(shop.notify)
    on_change(Group, "name")(shop.note_change)

    rows = {row["receiver"]: row for row in json.loads(output("list", "--json"))}

    notify = rows["tests.unit.signals.shop.notify"]
    assert (notify["event"], notify["mode"], notify["queue"]) == (NAME, "durable", "mail")
    assert notify["source"] == f"tests/unit/signals/shop.py:{shop.notify.__code__.co_firstlineno}"
    assert rows["tests.unit.signals.shop.note_change"]["event"] == "auth.Group.name changed"


def test_the_list_is_readable_without_json() -> None:
    on(Paid, after_commit=True)(shop.push)

    lines = output("list").splitlines()

    place = lines.index(NAME)
    assert "after commit, async" in lines[place + 1]
    assert "tests.unit.signals.shop.push" in lines[place + 1]


def test_one_event_is_shown_by_its_full_or_its_short_name() -> None:
    on(Paid)(shop.notify)

    shown = json.loads(output("show", "Paid", "--json"))

    assert (shown["name"], shown["version"], shown["fields"]) == (NAME, 1, {"order": "int"})
    assert [row["receiver"] for row in shown["receivers"]] == ["tests.unit.signals.shop.notify"]
    assert output("show", NAME).startswith(f"{NAME}, version 1: Somebody paid.")


def test_an_event_that_does_not_exist_is_guessed() -> None:
    with pytest.raises(CommandError, match=rf"called 'Payd'; did you mean {NAME}"):
        output("show", "Payd")


def test_the_graph_is_mermaid() -> None:
    on(Paid, durable=True, queue="mail")(shop.notify)
    on_create(Group)(shop.note_object)

    graph = output("graph")

    assert graph.startswith("flowchart LR")
    assert f'(["{NAME}"])' in graph
    assert '-- "durable, queue mail" -->' in graph
    assert '(["auth.Group created"])' in graph
    assert json.loads(output("graph", "--json"))["mermaid"] == graph.rstrip()
