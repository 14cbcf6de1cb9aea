"""Users are known by e-mail address, whatever its case."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client

from apps.accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


def test_a_user_logs_in_with_an_address_typed_in_another_case() -> None:
    user = User.objects.create_user("Ada@example.com", PASSWORD)

    found = authenticate(username="ada@EXAMPLE.com", password=PASSWORD)

    assert found == user


def test_the_address_is_found_without_blocking_the_loop() -> None:
    user = User.objects.create_user("ada@example.com")

    found = async_to_sync(User.objects.aget_by_natural_key)("ADA@example.com")

    assert found == user


def test_the_database_refuses_a_second_user_with_the_same_address_in_another_case() -> None:
    User.objects.create_user("ada@example.com")

    with pytest.raises(IntegrityError):
        User.objects.create_user("ADA@example.com")


def test_a_form_says_in_words_that_the_address_is_taken() -> None:
    User.objects.create_user("ada@example.com")

    with pytest.raises(ValidationError, match="exists already"):
        User(email="ADA@example.com", password="!").full_clean()


def test_a_user_needs_an_address() -> None:
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("")


def test_a_user_without_a_password_cannot_log_in() -> None:
    user = User.objects.create_user("ada@example.com")

    assert not user.has_usable_password()


@pytest.mark.parametrize(
    ("name", "full", "short"), [("Ada Lovelace", "Ada Lovelace", "Ada"), ("", "ada@example.com", "ada")]
)
def test_names_fall_back_to_the_address(name: str, full: str, short: str) -> None:
    user = User(email="ada@example.com", name=name)

    assert (user.get_full_name(), user.get_short_name()) == (full, short)


def test_createsuperuser_asks_for_no_user_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)

    call_command("createsuperuser", interactive=False, email="root@example.com", verbosity=0)

    user = User.objects.get(email="root@example.com")
    assert user.is_staff
    assert user.is_superuser


def test_staff_log_in_to_the_admin_by_address(client: Client) -> None:
    User.objects.create_superuser("root@example.com", PASSWORD)

    answer = client.post("/admin/login/?next=/admin/", {"username": "Root@Example.com", "password": PASSWORD})

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/admin/"


@pytest.mark.parametrize("page", ["", "add/", "{pk}/change/", "{pk}/password/"])
def test_the_pages_of_users_open_in_the_admin(client: Client, page: str) -> None:
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    client.force_login(root)

    answer = client.get(f"/admin/accounts/user/{page.format(pk=root.pk)}")

    assert answer.status_code == 200


def test_staff_add_a_user_by_address(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    form = {"email": "new@example.com", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

    answer = client.post("/admin/accounts/user/add/", form)

    assert answer.status_code == 302
    assert authenticate(username="new@example.com", password=PASSWORD) is not None
