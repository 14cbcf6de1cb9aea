"""Staff of different powers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

type LogIn = Callable[..., Client]


@pytest.fixture
def log_in(transactional_db: None, client: Client) -> LogIn:
    """Return a function that logs staff with the named permissions in."""

    def enter(*permissions: str, **fields: Any) -> Client:
        user = get_user_model().objects.create(email="staff@example.com", **{"is_staff": True, **fields})
        for permission in permissions:
            label, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=label, codename=codename))
        client.force_login(user)
        return client

    return enter
