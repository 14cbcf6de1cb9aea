"""Who is told where the time of a request went, and what."""

import re
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.loader import render_to_string
from django.test import AsyncClient, Client
from django.urls import path
from pytest_django import Settings

from framework.middleware.server_timing import PERMISSION

GROUPS, INNER = Path(__file__).with_name("groups.html"), Path(__file__).with_name("inner.html")


def page(request: HttpRequest) -> HttpResponse:
    assert request.user.pk is not None or request.user.is_anonymous
    return HttpResponse(
        engines["django"]
        .from_string(GROUPS.read_text(encoding="utf-8"))
        .render({"groups": Group.objects.all()}, request)
    )


async def page_async(request: HttpRequest) -> HttpResponse:
    await request.auser()
    return HttpResponse("quick")


def nested(request: HttpRequest) -> HttpResponse:
    template = engines["django"].from_string(INNER.read_text(encoding="utf-8"))
    return HttpResponse(template.render({"inner": lambda: render_to_string("maintenance.html")}, request))


urlpatterns = [path("page", page), path("page-async", page_async), path("nested", nested)]


@pytest.fixture(autouse=True)
def _addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


def ask(where: str, user: Any = None) -> Any:
    """Return the answer to ``user``, by the kind of server that the view was written for."""
    if "async" in where:
        client = AsyncClient()
        if user:
            client.force_login(user)
        return async_to_sync(client.get)(where)
    browser = Client()
    if user:
        browser.force_login(user)
    return browser.get(where)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["/page", "/page-async"])
def test_only_staff_with_the_permission_are_told(where: str) -> None:
    users = get_user_model().objects
    customer = users.create_user("customer@example.com")
    staff = users.create_user("staff@example.com", is_staff=True)
    permitted = users.create_user("permitted@example.com", is_staff=True)
    permitted.user_permissions.add(Permission.objects.get(codename=PERMISSION.partition(".")[2]))
    root = users.create_superuser("root@example.com")

    told = [user for user in (None, customer, staff, permitted, root) if "Server-Timing" in ask(where, user).headers]

    assert told == [permitted, root]


@pytest.mark.django_db
def test_developers_are_told_of_queries_cache_and_templates(settings: Settings) -> None:
    settings.DEBUG = True

    timing = ask("/page").headers["Server-Timing"]

    assert re.fullmatch(
        r'total;dur=[\d.]+, db;dur=[\d.]+;desc="\d+ queries", cache;dur=[\d.]+;desc="\d+ hits, \d+ misses", '
        r"template;dur=[\d.]+",
        timing,
    ), timing


@pytest.mark.django_db
def test_a_template_inside_of_another_counts_once(settings: Settings) -> None:
    settings.DEBUG = True

    timing = ask("/nested").headers["Server-Timing"]
    total, templates = (float(found) for found in re.findall(r"(?:total|template);dur=([\d.]+)", timing))

    assert templates <= total
