"""``manage.py registry`` and the system check."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from framework.registry import list_components, register
from framework.registry.checks import check_components

from .conftest import WriteModule


def run(*arguments: str) -> str:
    """Run the command and return what it prints."""
    output = StringIO()
    call_command("registry", *arguments, stdout=output, stderr=output)
    return output.getvalue()


def test_list_shows_every_component_with_its_category() -> None:
    rows = json.loads(run("list", "--json"))

    assert sorted(row["name"] for row in rows) == list_components()
    assert {row["category"] for row in rows} >= {"cache", "conf", "logs", "signals", "tasks"}


def test_list_of_one_category() -> None:
    assert {row["name"] for row in json.loads(run("list", "--category", "logs", "--json"))} == set(
        list_components("logs")
    )
    assert "get_logger" in run("list", "--category", "logs")


def test_list_of_an_unknown_category_is_refused() -> None:
    with pytest.raises(CommandError, match="There is no category 'log'; there are: activity, cache"):
        run("list", "--category", "log")


def test_show_tells_one_component() -> None:
    assert json.loads(run("show", "get_logger", "--json"))["module"] == "framework.logs.loggers"
    assert "category: logs" in run("show", "get_logger")


def test_show_of_an_unknown_name_offers_similar_ones() -> None:
    with pytest.raises(CommandError, match="did you mean get_logger"):
        run("show", "get_loger")


def test_check_passes_when_all_components_resolve() -> None:
    assert json.loads(run("check", "--json")) == {"components": len(list_components()), "faults": []}


def test_check_names_what_does_not_resolve_and_fails(write_module: WriteModule) -> None:
    register("Shelf", f"{write_module('')}:Shelf")

    with pytest.raises(CommandError, match=r"1 faults in \d+ components"):
        run("check")


def test_the_system_check_names_what_does_not_resolve(write_module: WriteModule) -> None:
    register("Shelf", f"{write_module('')}:Shelf")

    [message] = check_components(None)

    assert message.id == "registry.E001"
    assert message.msg.startswith("Shelf: AttributeError")
    assert message.hint


def test_graph_is_drawn_for_people_and_told_to_programs() -> None:
    graph = json.loads(run("graph", "--json"))

    assert "logs" in graph["tasks"]
    assert "tasks" not in graph["logs"]
    assert "tasks --> logs" in run("graph")
    assert run("graph").startswith("flowchart LR")


def test_stats_count_every_component() -> None:
    numbers = json.loads(run("stats", "--json"))

    assert numbers["components"] == len(list_components()) == sum(numbers["by_category"].values())
    assert "components" in run("stats")
