"""Flags in the admin."""

from collections.abc import Iterator
from datetime import date

import pytest

from framework.features import Flag, flag_is_active, flags
from framework.features.models import FlagSwitch
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
