"""Pages by key, over rows that come, go and tie."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from framework.pagination import InvalidCursorError, KeysetPage, KeysetPaginator

User = get_user_model()
DAY = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[str]:
    """Store twenty-three users, three of whom joined at each moment; return their addresses, newest first."""
    users = [
        User(email=f"{number:02}@example.com", date_joined=DAY + timedelta(seconds=number // 3)) for number in range(23)
    ]
    User.objects.bulk_create(users)
    return [user.email for user in User.objects.order_by("-date_joined", "-pk")]


def newest(size: int = 5) -> KeysetPaginator[Model]:
    return KeysetPaginator(User.objects.all(), ["-date_joined"], size=size)


def emails(page: KeysetPage[Model]) -> list[str]:
    return [getattr(user, "email", "") for user in page]


@pytest.mark.parametrize("size", [1, 2, 5, 22, 23, 24])
def test_forward_and_back_again_every_row_is_shown_once(people: list[str], size: int) -> None:
    paginator = newest(size)
    page = paginator.page()
    assert page.previous is None
    forward = [emails(page)]
    while page.next:
        page = paginator.page(page.next)
        forward.append(emails(page))
    assert [email for found in forward for email in found] == people

    backward = [emails(page)]
    while page.previous:
        page = paginator.page(page.previous)
        backward.insert(0, emails(page))

    assert backward == forward
    assert {len(found) for found in forward[:-1]} <= {size}


def test_rows_that_come_and_go_meanwhile_shift_nothing(people: list[str]) -> None:
    first = newest().page()
    User.objects.create_user("new@example.com", date_joined=DAY + timedelta(days=1))
    User.objects.filter(email=people[4]).delete()

    second = newest().page(first.next)

    assert emails(second) == people[5:10]
    assert emails(newest().page(second.previous)) == ["new@example.com", *people[:4]]


def test_behind_the_last_row_the_way_back_is_kept(people: list[str]) -> None:
    paginator = newest(20)
    first = paginator.page()
    User.objects.filter(email__in=people[20:]).delete()

    beyond = paginator.page(first.next)

    assert (len(beyond), beyond.next) == (0, None)
    assert emails(paginator.page(beyond.previous)) == people[:19]


def test_an_empty_table_is_one_empty_page() -> None:
    page = newest().page()

    assert (page.items, page.next, page.previous) == ((), None, None)


def test_fields_of_both_directions_and_of_every_kind(people: list[str]) -> None:
    paginator = KeysetPaginator(User.objects.all(), ["is_staff", "-date_joined", "email"], size=4)
    expected = list(User.objects.order_by("is_staff", "-date_joined", "email"))
    page = paginator.page()
    found = [*page]
    while page.next:
        page = paginator.page(page.next)
        found += page

    assert found == expected


def test_a_foreign_key_sorts_by_what_it_points_at() -> None:
    kind = ContentType.objects.get_for_model(User)
    paginator = KeysetPaginator(Permission.objects.filter(content_type=kind), ["content_type"], size=3)

    first = paginator.page()

    assert [each.pk for each in (*first, *paginator.page(first.next))] == sorted(
        Permission.objects.filter(content_type=kind).values_list("pk", flat=True)
    )


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_async_pages_are_the_same() -> None:
    await User.objects.acreate(email="a@example.com")
    await User.objects.acreate(email="b@example.com")
    paginator = KeysetPaginator(User.objects.all(), ["email"], size=1)

    first = await paginator.apage()
    second = await paginator.apage(first.next)

    assert emails(first) + emails(second) == ["a@example.com", "b@example.com"]


def test_a_page_is_one_query_that_begins_in_the_middle(people: list[str]) -> None:
    cursor = newest().page().next

    with CaptureQueriesContext(
        connection,
    ) as queries:
        newest().page(cursor)

    [query] = queries.captured_queries
    assert "OFFSET" not in query["sql"]
    assert "COUNT(" not in query["sql"].upper()


def test_a_cursor_of_another_listing_is_refused(people: list[str]) -> None:
    cursor = newest().page().next
    other = KeysetPaginator(User.objects.all(), ["date_joined"])

    for wrong in (cursor, "x", f"{cursor}x"):
        with pytest.raises(InvalidCursorError, match="begin without one"):
            other.page(wrong)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nickname", "'nickname': it has no such field"),
        ("groups", "'groups': it has no such field in its own table"),
        ("-last_login", "'last_login', which may be null"),
    ],
)
def test_what_has_no_order_is_refused(name: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"User cannot be paged by {reason}"):
        KeysetPaginator(User.objects.all(), [name])


def test_a_page_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="use a size of 1 or more"):
        newest(0)
