"""Flags in the admin."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.contrib.auth.models import Group

from framework.features import Flag, flag_is_active, flags
from framework.features.models import FlagChange, FlagSwitch
from framework.features.snapshot import snapshot

from .conftest import LogIn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def flag() -> Iterator[Flag]:
    """Declare a flag for the test."""
    before = dict(flags._declared)
    snapshot.reset()
    yield Flag(name="new_checkout", owner="shop", expires=date(2999, 1, 1))
    snapshot.reset()
    flags._declared.clear()
    flags._declared.update(before)


def test_a_declared_flag_is_switched(log_in: LogIn, flag: Flag) -> None:
    client = log_in(is_superuser=True)

    client.post("/admin/features/flagswitch/add/", {"name": "new_checkout", "percentage": "100"})

    assert flag_is_active(flag)
    page = client.get("/admin/features/flagswitch/").content.decode()
    assert "2999-01-01" in page


@pytest.mark.parametrize(
    "form", [{"name": "nothing", "percentage": "1"}, {"name": "new_checkout", "percentage": "101"}]
)
def test_what_makes_no_sense_is_refused(log_in: LogIn, form: dict[str, str]) -> None:
    log_in(is_superuser=True).post("/admin/features/flagswitch/add/", form)

    assert not FlagSwitch.objects.exists()


def test_a_switch_is_changed_and_keeps_its_name(log_in: LogIn, flag: Flag) -> None:
    FlagSwitch.objects.create(name=flag.name)

    log_in(is_superuser=True).post(
        "/admin/features/flagswitch/new_5Fcheckout/change/", {"name": "other", "percentage": "0"}
    )

    assert FlagSwitch.objects.values_list("name", "percentage").get() == ("new_checkout", 0)


def test_a_flag_is_switched_for_a_group_and_whoever_fits(log_in: LogIn, flag: Flag) -> None:
    Group.objects.create(name="testers")
    form = {"name": flag.name, "percentage": "0", "groups": "testers", "attributes": '{"plan": ["pro"]}'}

    log_in(is_superuser=True).post("/admin/features/flagswitch/add/", form)

    switch = FlagSwitch.objects.get()
    assert (switch.percentage, switch.groups, switch.attributes) == (0, ["testers"], {"plan": ["pro"]})


@pytest.mark.parametrize("attributes", ["[1]", '{"plan": "pro"}', '{"plan": [1]}', "{"])
def test_attributes_that_make_no_sense_are_refused(log_in: LogIn, flag: Flag, attributes: str) -> None:
    form = {"name": flag.name, "percentage": "0", "attributes": attributes}

    page = log_in(is_superuser=True).post("/admin/features/flagswitch/add/", form)

    assert page.status_code == 200
    assert not FlagSwitch.objects.exists()


def test_who_switched_is_shown_and_cannot_be_changed(log_in: LogIn, flag: Flag) -> None:
    client = log_in(is_superuser=True)
    chosen = {"action": "delete_selected", "_selected_action": flag.name, "post": "1"}
    client.post("/admin/features/flagswitch/add/", {"name": flag.name, "percentage": "100"})
    client.post("/admin/features/flagswitch/", chosen)
    client.post("/admin/features/flagswitch/add/", {"name": flag.name, "percentage": "7"})
    client.post("/admin/features/flagswitch/new_5Fcheckout/delete/", {"post": "1"})

    who = set(FlagChange.objects.values_list("changed_by", flat=True))
    page = client.get("/admin/features/flagchange/").content.decode()
    change = FlagChange.objects.all()[0]
    assert FlagChange.objects.count() == 4
    assert who == {"staff@example.com"}
    assert "staff@example.com" in page
    assert client.post(f"/admin/features/flagchange/{change.pk}/change/", {"flag": "x"}).status_code == 403
    assert client.post(f"/admin/features/flagchange/{change.pk}/delete/", {"post": "1"}).status_code == 403
