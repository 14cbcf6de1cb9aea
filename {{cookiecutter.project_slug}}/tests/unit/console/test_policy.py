"""The admin's content security policy, and that it is the admin's alone."""

import pytest
from django.test import Client

from .conftest import LogIn

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "Content-Security-Policy"


def directives(header: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


@pytest.mark.parametrize("address", ["/admin/login/", "/admin/", "/admin/operations/", "/admin/tasks/task/"])
def test_the_admin_may_evaluate_and_style_but_loads_scripts_from_here_only(log_in: LogIn, address: str) -> None:
    policy = directives(log_in(is_superuser=True).get(address, follow=True).headers[HEADER])

    assert "'unsafe-eval'" in policy["script-src"]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert policy["frame-ancestors"] == "'none'"


@pytest.mark.parametrize("address", ["/", "/nowhere"])
def test_every_other_page_stays_strict(client: Client, address: str) -> None:
    answer = client.get(address, follow=address != "/")

    policy = answer.headers[HEADER]
    assert "unsafe" not in policy
