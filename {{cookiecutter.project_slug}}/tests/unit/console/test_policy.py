"""One content security policy for every page, the admin's included."""

import pytest
from django.core.management import call_command
from django.test import Client

from framework.console.templates import check_changes

from .conftest import LogIn

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "Content-Security-Policy"
ADMIN = ("/admin/login/", "/admin/", "/admin/operations/", "/admin/tasks/task/", "/admin/accounts/user/add/")


@pytest.mark.parametrize("address", [*ADMIN, "/", "/nowhere"])
def test_no_page_may_do_anything_unsafe(log_in: LogIn, address: str) -> None:
    answer = log_in(is_superuser=True).get(address, follow=address != "/")

    policy = dict(part.strip().split(" ", 1) for part in answer.headers[HEADER].split(";"))
    assert "unsafe" not in answer.headers[HEADER]
    assert "*" not in answer.headers[HEADER]
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_what_is_written_into_a_page_of_the_admin_carries_the_nonce(client: Client) -> None:
    answer = client.get("/admin/login/")

    nonce = answer.headers[HEADER].partition("'nonce-")[2].partition("'")[0]
    page = answer.content.decode()
    assert nonce
    assert f'<style id="unfold-theme-colors" nonce="{nonce}">' in page
    assert "alpine-csp.js" in page
    assert "unfold/js/alpine/alpine.js" not in page


def test_every_change_of_a_template_finds_its_place() -> None:
    assert check_changes(None) == []


def test_a_template_that_was_written_anew_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("framework.console.templates.CHANGES", {"admin/actions.html": {"no such words": ""}})

    call_command("check")

    said = capsys.readouterr().err
    assert "console.W001" in said
    assert "admin/actions.html" in said
