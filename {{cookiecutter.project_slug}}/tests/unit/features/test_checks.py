"""What the system checks find about flags."""

from datetime import date

import pytest
from django.db import connection
from pytest_django import Settings

from framework.features import Flag, checks as feature_checks, flags, requires_flag
from framework.features.checks import check_expiry, check_names, check_switches
from framework.features.models import FlagSwitch

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_flag_whose_time_is_over_is_reported() -> None:
    Flag(name="forgotten", owner="shop", expires=date(2020, 1, 1))

    assert [(message.id, "forgotten" in message.msg) for message in check_expiry(None)] == [("features.W001", True)]


def test_a_flag_that_nobody_declares_is_found_where_it_is_asked_for(flag: Flag) -> None:
    flags.expected.clear()

    @requires_flag("new_chekout")
    def view() -> None: ...

    requires_flag(flag.name)(view)

    [message] = check_names(None)
    assert message.id == "features.E001"
    assert "view asks for the flag 'new_chekout', which nobody declares." in message.msg


def test_a_view_that_only_the_addresses_import_is_asked_too(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flags, "expected", flags.expected.copy())
    monkeypatch.setattr(feature_checks, "expected", flags.expected)
    settings.ROOT_URLCONF = "tests.unit.features.late_urls"

    assert ["declared_nowhere" in message.msg for message in check_names(None)] == [True]


def test_a_switch_of_a_flag_that_is_gone_is_found(flag: Flag) -> None:
    FlagSwitch.objects.create(name=flag.name)
    FlagSwitch.objects.create(name="gone")

    assert [message.msg for message in check_switches(None, databases=["default"])] == [
        "The flag 'gone' is switched, and nobody declares it."
    ]
    assert check_switches(None) == []


def test_before_the_first_migration_there_is_nothing_to_find(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection.introspection, "table_names", list)

    assert check_switches(None, databases=["default"]) == []


def test_the_project_itself_asks_for_no_flag_that_nobody_declares() -> None:
    assert check_names(None) == []
