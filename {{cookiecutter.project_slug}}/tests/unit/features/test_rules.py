"""Flags for some: members of groups, whoever has an attribute, a share."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from framework.features import Audience, Flag, flag_is_active
from framework.features.models import FlagSwitch
from framework.features.snapshot import snapshot

pytestmark = pytest.mark.django_db(transaction=True)


def request_of(user: Any, **headers: str) -> HttpRequest:
    request = RequestFactory().get("/", headers=headers)
    request.user = user
    return request


def by_country(subject: Any) -> dict[str, str]:
    """Stand in for what a project knows."""
    return {"country": subject.headers.get("X-Country", ""), "plan": "free"} if subject else {}


@pytest.fixture
def users() -> list[Any]:
    """Return three users; the first is a tester."""
    users = [get_user_model().objects.create_user(f"user{number}@example.com") for number in range(3)]
    users[0].groups.add(Group.objects.create(name="testers"))
    return users


def test_members_of_a_group_have_it_and_others_do_not(flag: Flag, users: list[Any]) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=0, groups=["testers", "no such group"])

    assert [flag_is_active(flag, user) for user in users] == [True, False, False]
    assert [flag_is_active(flag, request_of(user)) for user in users] == [True, False, False]
    assert not flag_is_active(flag, request_of(AnonymousUser()))
    assert not flag_is_active(flag)


def test_asking_for_members_costs_no_query(flag: Flag, users: list[Any]) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=0, groups=["testers"])
    flag_is_active(flag, users[0])

    with CaptureQueriesContext(connection) as queries:
        assert flag_is_active(flag, users[0])

    assert len(queries) == 0


def test_who_joins_a_group_has_it_at_the_next_look(flag: Flag, users: list[Any]) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=0, groups=["testers"])
    before = flag_is_active(flag, users[1])
    users[1].groups.add(Group.objects.get())

    snapshot.refresh()

    assert (before, flag_is_active(flag, users[1])) == (False, True)


def test_all_attributes_have_to_fit_with_one_of_their_values(flag: Flag, settings: Settings) -> None:
    settings.FEATURE_ATTRIBUTES = f"{__name__}.by_country"
    FlagSwitch.objects.create(name=flag.name, percentage=0, attributes={"country": ["de", "at"], "plan": ["free"]})

    found = {
        country: flag_is_active(flag, request_of(AnonymousUser(), **{"X-Country": country})) for country in ("de", "fr")
    }
    snapshot.reset()
    FlagSwitch.objects.update(attributes={"country": ["de"], "plan": ["pro"]})

    assert found == {"de": True, "fr": False}
    assert not flag_is_active(flag, request_of(AnonymousUser(), **{"X-Country": "de"}))
    assert not flag_is_active(flag)


def test_what_is_known_of_users_by_itself(flag: Flag) -> None:
    FlagSwitch.objects.create(
        name=flag.name, percentage=0, attributes={"email_domain": ["example.com"], "staff": ["yes"]}
    )
    user = get_user_model()

    assert flag_is_active(flag, user(pk=1, email="ada@EXAMPLE.com", is_staff=True))
    assert not flag_is_active(flag, user(pk=2, email="bob@example.com"))
    assert not flag_is_active(flag, user(pk=3, email="eve@example.org", is_staff=True))
    assert not flag_is_active(flag, request_of(AnonymousUser()))


def test_a_share_is_had_beside_a_group(flag: Flag, users: list[Any]) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=50, groups=["testers"])
    many = [get_user_model()(pk=pk) for pk in range(1000, 2000)]

    assert flag_is_active(flag, users[0])
    assert 400 < sum(flag_is_active(flag, user) for user in many) < 600


def test_an_audience_is_known_by_its_key_and_attributes(flag: Flag, users: list[Any]) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=0, groups=["testers"], attributes={"plan": ["pro"]})

    assert flag_is_active(flag, Audience(key=str(users[0].pk)))
    assert flag_is_active(flag, Audience(key="nobody", attributes={"plan": "pro"}))
    assert not flag_is_active(flag, Audience(key=str(users[1].pk)))


def test_what_attributes_decided_is_no_page_for_others(flag: Flag) -> None:
    FlagSwitch.objects.create(name=flag.name, percentage=0, attributes={"staff": ["yes"]})
    request = request_of(AnonymousUser())

    flag_is_active(flag, request)

    assert vars(request)["is_personal"]
    assert "visitor_id" not in vars(request)
