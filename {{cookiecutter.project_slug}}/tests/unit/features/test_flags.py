"""Flags: declared in code, switched in the database, evaluated without a query."""

import asyncio
from datetime import date
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from framework.features import Flag, UnknownFlagError, declared_flags, flag_is_active, overridden_flag
from framework.features.models import FlagSwitch
from framework.features.rules import bucket
from framework.features.snapshot import snapshot

pytestmark = pytest.mark.django_db(transaction=True)


def visitor(cookie: str = "") -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    if cookie:
        request.COOKIES["visitor"] = cookie
    return request


def test_the_declared_default_counts_until_it_is_switched(flag: Flag) -> None:
    on_by_default = Flag(name="old_checkout", owner="shop", expires=date(2999, 1, 1), default=True)

    assert (flag_is_active(flag), flag_is_active(on_by_default)) == (False, True)


@pytest.mark.parametrize(("percentage", "active"), [(0, False), (100, True)])
def test_a_switch_goes_over_the_default(flag: Flag, percentage: int, active: bool) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=percentage)

    assert flag_is_active("new_checkout") is active


def test_this_process_sees_its_own_switch_at_once(flag: Flag) -> None:
    before = flag_is_active(flag)
    switch = FlagSwitch.objects.create(name=flag.name)
    switched = flag_is_active(flag)
    switch.delete()

    assert (before, switched, flag_is_active(flag)) == (False, True, False)


def test_a_name_nobody_declared_is_an_error_that_says_what_there_is(flag: Flag) -> None:
    with pytest.raises(UnknownFlagError, match=r"new_chekout.*declared are:.*new_checkout"):
        flag_is_active("new_chekout")


def test_two_flags_cannot_share_a_name(flag: Flag) -> None:
    with pytest.raises(ValueError, match="declared twice"):
        Flag(name=flag.name, owner="somebody else", expires=date(2999, 1, 1))
    assert declared_flags().count(flag) == 1


def test_asking_costs_no_query(flag: Flag) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=50)
    user = get_user_model()(pk=7)
    flag_is_active(flag, user)

    with CaptureQueriesContext(connection) as queries:
        for _ in range(100):
            flag_is_active(flag, user)

    assert len(queries) == 0


def test_a_percentage_is_that_share_of_users_and_always_the_same(flag: Flag) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=30)
    users = [get_user_model()(pk=pk) for pk in range(2000)]

    active = [flag_is_active(flag, user) for user in users]

    assert 0.25 < sum(active) / len(active) < 0.35
    assert active == [flag_is_active(flag, user) for user in users]


def test_raising_a_percentage_takes_nobody_out(flag: Flag) -> None:
    users = [get_user_model()(pk=pk) for pk in range(300)]
    switch = FlagSwitch.objects.create(name=flag.name, percentage=10)
    early = {user.pk for user in users if flag_is_active(flag, user)}
    switch.percentage = 40
    switch.save()

    assert early
    assert early <= {user.pk for user in users if flag_is_active(flag, user)}


def test_different_flags_reach_different_users() -> None:
    chosen = [{pk for pk in range(1000) if bucket(name, f"user:{pk}") < 50} for name in ("one", "two")]

    assert 150 < len(chosen[0] & chosen[1]) < 350


def test_a_visitor_is_known_by_the_cookie(flag: Flag) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=50)

    answers = {cookie: flag_is_active(flag, visitor(f"{cookie:032x}")) for cookie in range(64)}

    assert set(answers.values()) == {True, False}
    assert answers == {cookie: flag_is_active(flag, visitor(f"{cookie:032x}")) for cookie in range(64)}


def test_an_override_counts_for_its_block_only(flag: Flag) -> None:
    with overridden_flag(flag, active=True):
        inside = flag_is_active(flag)

    assert (inside, flag_is_active(flag)) == (True, False)


async def test_an_override_does_not_leak_into_other_asyncio_tasks(flag: Flag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "_is_loaded", True)
    monkeypatch.setattr(snapshot, "_due", float("inf"))
    inside, asked = asyncio.Event(), asyncio.Event()

    async def overriding() -> bool:
        with overridden_flag(flag, active=True):
            inside.set()
            await asked.wait()
            return flag_is_active(flag)

    async def plain() -> bool:
        await inside.wait()
        answer = flag_is_active(flag)
        asked.set()
        return answer

    assert list(await asyncio.gather(overriding(), plain())) == [True, False]


def test_a_switch_of_another_process_is_seen_when_the_table_is_read_again(flag: Flag) -> None:
    flag_is_active(flag)
    # Sends no signal, like a change made elsewhere.
    FlagSwitch.objects.bulk_create([FlagSwitch(name=flag.name)])
    before = flag_is_active(flag)

    snapshot.refresh()

    assert (before, flag_is_active(flag)) == (False, True)


def test_a_look_that_is_due_happens_beside_the_request(flag: Flag, monkeypatch: pytest.MonkeyPatch) -> None:
    flag_is_active(flag)
    FlagSwitch.objects.bulk_create([FlagSwitch(name=flag.name)])
    monkeypatch.setattr(snapshot, "_due", 0.0)

    with CaptureQueriesContext(connection) as queries:
        at_once = flag_is_active(flag)
    with snapshot._refreshing:  # held while the other thread reads
        later = flag_is_active(flag)

    assert (at_once, len(queries), later) == (False, 0, True)


def test_a_database_that_is_away_switches_nothing(flag: Flag, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    FlagSwitch.objects.create(name=flag.name)
    flag_is_active(flag)
    monkeypatch.setattr(FlagSwitch._meta, "db_table", "no_such_table")

    snapshot.refresh()

    assert flag_is_active(flag) is True
