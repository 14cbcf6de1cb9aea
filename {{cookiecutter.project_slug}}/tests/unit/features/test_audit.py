"""Who switched what is kept."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from framework.features import Flag
from framework.features.models import FlagChange, FlagSwitch

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY: dict[str, Any] = {"percentage": 0, "groups": [], "attributes": {}}


def flags(*arguments: str) -> str:
    output = StringIO()
    call_command("flags", *arguments, stdout=output)
    return output.getvalue()


def trail() -> list[tuple[Any, Any]]:
    return [(change.before, change.after) for change in FlagChange.objects.order_by("id")]


def test_every_change_is_noted_and_nothing_else(flag: Flag) -> None:
    switch = FlagSwitch.objects.create(name=flag.name, percentage=0)
    switch.save()
    switch.percentage = 5
    switch.save()
    switch.delete()

    five = {**NOBODY, "percentage": 5}
    assert trail() == [(None, NOBODY), (NOBODY, five), (five, None)]
    assert set(FlagChange.objects.values_list("flag", "changed_by")) == {("new_checkout", "code")}


def test_a_change_that_is_rolled_back_leaves_no_entry(flag: Flag, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: Any, **options: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(FlagSwitch, "_note", fails)
    with pytest.raises(ZeroDivisionError):
        FlagSwitch.objects.create(name=flag.name)

    assert (FlagSwitch.objects.count(), trail()) == (0, [])


def test_the_command_names_who_ran_it_and_tells_the_history(flag: Flag) -> None:
    Group.objects.create(name="testers")
    said = flags("on", flag.name, "--group", "testers", "--attribute", "country=de", "--attribute", "country=at")
    flags("off", flag.name)
    flags("clear", flag.name)

    history = json.loads(flags("history", flag.name, "--json"))
    some = {"percentage": 0, "groups": ["testers"], "attributes": {"country": ["de", "at"]}}
    assert said == "new_checkout: 0 %, group testers, country=de|at\n"
    assert [(entry["before"], entry["after"]) for entry in history] == [(NOBODY, None), (some, NOBODY), (None, some)]
    assert all(entry["changed_by"].startswith("manage.py flags, ") for entry in history)
    assert "new_checkout" in flags("history")
    assert flags("history", "other", "--json") == "[]\n"


def test_an_attribute_without_a_value_is_told(flag: Flag) -> None:
    with pytest.raises(CommandError, match="--attribute 'country' has no value; write it like country=de"):
        flags("on", flag.name, "--attribute", "country")

    assert not FlagSwitch.objects.exists()
