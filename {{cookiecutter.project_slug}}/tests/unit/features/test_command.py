"""``manage.py flags``."""

import json
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from framework.features import Flag, flag_is_active
from framework.features.models import FlagSwitch

pytestmark = pytest.mark.django_db(transaction=True)


def flags(*arguments: str) -> str:
    output = StringIO()
    call_command("flags", *arguments, stdout=output)
    return output.getvalue()


def test_a_flag_is_switched_on_off_and_back(flag: Flag) -> None:
    flags("on", "new_checkout")
    on = flag_is_active(flag)
    flags("off", "new_checkout")
    off = flag_is_active(flag)
    flags("clear", "new_checkout")

    assert (on, off, FlagSwitch.objects.count()) == (True, False, 0)


def test_a_flag_is_switched_on_for_a_share(flag: Flag) -> None:
    flags("on", "new_checkout", "--percentage", "25")

    (row,) = [row for row in json.loads(flags("list", "--json")) if row["name"] == "new_checkout"]
    assert row == {
        "name": "new_checkout",
        "default": False,
        "percentage": 25,
        "groups": [],
        "attributes": {},
        "owner": "shop",
        "expires": "2999-01-01",
    }


def test_the_list_is_readable(flag: Flag) -> None:
    assert "new_checkout" in flags("list")


def test_an_unknown_flag_is_told(flag: Flag) -> None:
    with pytest.raises(CommandError, match="No flag is called 'nothing'"):
        flags("on", "nothing")


def test_a_group_that_does_not_exist_is_refused(flag: Flag) -> None:
    with pytest.raises(CommandError, match="--group 'tester' is no group; there is none yet"):
        flags("on", flag.name, "--group", "tester")

    Group.objects.create(name="testers")
    with pytest.raises(CommandError, match="--group 'tester' is no group; there are testers"):
        flags("on", flag.name, "--group", "tester")


def test_a_share_of_more_than_all_is_refused(flag: Flag) -> None:
    with pytest.raises(CommandError, match="101"):
        flags("on", "new_checkout", "--percentage", "101")
