"""The flags behind OpenFeature's API."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from framework.features import Flag, FlagProvider
from framework.features.models import FlagSwitch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client() -> Iterator[OpenFeatureClient]:
    """Return a client of this project's provider."""
    api.set_provider(FlagProvider())
    yield api.get_client()
    api.clear_providers()


def context(user: Any, **attributes: str) -> EvaluationContext:
    return EvaluationContext(targeting_key=str(user.pk), attributes=attributes)


def test_a_client_gets_what_the_rules_say(client: OpenFeatureClient, flag: Flag) -> None:
    ada, bob = (get_user_model().objects.create_user(f"{name}@example.com") for name in ("ada", "bob"))
    ada.groups.add(Group.objects.create(name="testers"))
    by_default = client.get_boolean_details(flag.name, True)
    FlagSwitch.objects.create(name=flag.name, percentage=0, groups=["testers"], attributes={"plan": ["pro"]})

    assert (by_default.value, by_default.reason) == (False, Reason.DEFAULT)
    assert client.get_boolean_value(flag.name, False, context(ada))
    assert not client.get_boolean_value(flag.name, True, context(bob))
    details = client.get_boolean_details(flag.name, False, context(bob, plan="pro"))
    assert (details.value, details.variant, details.reason) == (True, "on", Reason.TARGETING_MATCH)


async def test_a_client_on_the_event_loop_gets_it_too(client: OpenFeatureClient, flag: Flag) -> None:
    assert await client.get_boolean_value_async(flag.name, True) is False


def test_an_unknown_flag_and_another_type_give_the_default_and_the_reason(
    client: OpenFeatureClient, flag: Flag
) -> None:
    unknown = client.get_boolean_details("nothing", True)
    text = client.get_string_details(flag.name, "default")

    assert (unknown.value, unknown.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
    assert (text.value, text.error_code) == ("default", ErrorCode.TYPE_MISMATCH)
    assert "no string" in (text.error_message or "")
