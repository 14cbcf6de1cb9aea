"""Sending a request again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from framework.idempotency import ledger
from framework.idempotency.claims import Held
from framework.idempotency.models import UsedKey

from . import urls
from .conftest import Post

pytestmark = pytest.mark.django_db(transaction=True)


def configure(settings: Settings, **values: int) -> None:
    idempotency = settings.CONFIG.idempotency.model_copy(update=values)
    settings.CONFIG = replace(settings.CONFIG, idempotency=idempotency)


def test_a_request_without_a_key_is_carried_out_each_time(post: Post) -> None:
    assert [post("/pay", None).status_code for _ in range(2)] == [201, 201]
    assert len(urls.carried_out) == 2


def test_the_same_request_gets_the_same_response_byte_for_byte(post: Post) -> None:
    first, second = post("/pay"), post("/pay")

    assert len(urls.carried_out) == 1
    assert second.content == first.content == b"\x00\xffpaid {}"
    assert second.status_code == 201
    assert second.headers["Idempotency-Replayed"] == "true"
    for name in ("Content-Type", "X-Number", "Content-Length"):
        assert second.headers[name] == first.headers[name]
    assert second.cookies["receipt"].OutputString() == first.cookies["receipt"].OutputString()
    assert "Idempotency-Replayed" not in first.headers


def test_an_async_view_is_carried_out_once(post: Post) -> None:
    assert [post("/pay-async").content for _ in range(3)] == [b"paid 1"] * 3


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_every_unsafe_method_is_carried_out_once(post: Post, method: str) -> None:
    for _ in range(2):
        assert post("/pay", method=method).status_code == 201

    assert len(urls.carried_out) == 1


def test_a_key_in_quotes_is_the_same_key(post: Post) -> None:
    post("/pay", '"key-1"')
    post("/pay", "key-1")

    assert len(urls.carried_out) == 1


@pytest.mark.parametrize(("path", "body"), [("/pay", '{"more": 1}'), ("/pay-async", "{}"), ("/pay?a=1", "{}")])
def test_another_request_with_the_key_is_refused(post: Post, path: str, body: str) -> None:
    post("/pay")

    answer = post(path, body=body)

    assert answer.status_code == 422
    assert b"used for another request" in answer.content
    assert len(urls.carried_out) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, '"', "a b", "schlüssel", '"a"b"', "a\x00b"])
def test_a_key_that_cannot_be_read_is_refused(post: Post, key: str) -> None:
    assert post("/pay", key).status_code == 400
    assert urls.carried_out == []


def test_two_users_do_not_share_keys(post: Post) -> None:
    users = [get_user_model().objects.create(email=f"{name}@example.com") for name in "ab"]

    numbers = [post("/pay", user=user).headers["X-Number"] for user in (*users, users[0])]

    assert numbers == ["1", "2", "1"]


def test_two_api_keys_and_addresses_do_not_share_keys(post: Post) -> None:
    post("/pay", headers={"Authorization": "Bearer one"})
    post("/pay", headers={"Authorization": "Bearer two"})
    post("/pay")

    assert len(urls.carried_out) == 3


def test_while_the_first_is_in_flight_another_is_told_to_wait(post: Post) -> None:
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(_closing, lambda: Client().post("/slow", headers={"Idempotency-Key": "key-1"}))
        while not urls.carried_out:
            threading.Event().wait(0.005)
        second = Client().post("/slow", headers={"Idempotency-Key": "key-1"})
        urls.go_on.set()
        assert first.result(10).status_code == 200

    assert second.status_code == 409
    assert second.headers["Retry-After"] == "1"
    assert urls.carried_out == ["slow"]


def test_of_many_at_once_one_is_carried_out() -> None:
    def send(_: int) -> Any:
        return _closing(lambda: Client().post("/mutating", headers={"Idempotency-Key": "key-1"}))

    with ThreadPoolExecutor(8) as pool:
        statuses = [answer.status_code for answer in pool.map(send, range(24))]

    assert set(statuses) <= {200, 409}
    assert statuses.count(200) >= 1
    assert urls.carried_out == ["create"]
    assert get_user_model().objects.filter(email__startswith="made-").count() == 1


def _closing(call: Any) -> Any:
    try:
        return call()
    finally:
        connections.close_all()


def test_what_failed_may_come_again(post: Post) -> None:
    assert [post("/fails").status_code for _ in range(3)] == [500, 200, 200]
    assert len(urls.carried_out) == 2


@pytest.mark.parametrize(
    ("code", "times"), [(200, 1), (302, 1), (400, 1), (404, 1), (401, 2), (403, 2), (429, 2), (503, 2)]
)
def test_what_was_refused_may_come_again_and_what_was_answered_stays(post: Post, code: int, times: int) -> None:
    for _ in range(2):
        assert post(f"/status/{code}").status_code == code

    assert len(urls.carried_out) == times


def test_a_forged_form_leaves_the_key_free() -> None:
    client = Client(enforce_csrf_checks=True)

    assert client.post("/protected", headers={"Idempotency-Key": "key-1"}).status_code == 403
    assert not UsedKey.objects.exists()


def test_a_request_whose_worker_died_is_carried_out_again_after_its_time(post: Post, settings: Settings) -> None:
    post("/pay")
    # As the worker leaves it that is killed before the response.
    UsedKey.objects.update(status=None, headers=None, body=None)
    assert post("/pay").status_code == 409

    UsedKey.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    assert post("/pay").status_code == 201
    assert len(urls.carried_out) == 2


def test_who_was_taken_for_dead_changes_nothing_any_more() -> None:
    slow = ledger.claim("name", "owner", "print")
    assert isinstance(slow, Held)
    UsedKey.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    quick = ledger.claim("name", "owner", "print")
    assert isinstance(quick, Held)

    ledger.keep(slow, None, status=500)
    ledger.let_go(slow)

    assert UsedKey.objects.get().status is None
    assert UsedKey.objects.get().holder == quick.holder


@pytest.mark.parametrize("path", ["/long", "/stream"])
def test_what_cannot_be_kept_is_carried_out_once_all_the_same(post: Post, settings: Settings, path: str) -> None:
    configure(settings, most_bytes=4_000)

    first, second = post(path), post(path)

    assert (first.status_code, second.status_code) == (200, 409)
    assert b"was not kept" in second.content
    assert len(urls.carried_out) == 1


def test_a_key_may_be_used_again_when_its_response_is_too_old(post: Post) -> None:
    post("/pay")
    UsedKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert post("/pay", body='{"other": 1}').headers["X-Number"] == "2"


def test_old_keys_and_surplus_keys_are_deleted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(settings, keys_per_owner=3)
    # Now and then a claim prunes, too.
    monkeypatch.setattr(ledger, "random", lambda: 1.0)
    for number in range(6):
        ledger.claim(f"mine-{number}", "me", "print")
    ledger.claim("theirs", "them", "print")
    UsedKey.objects.filter(name="mine-5").update(expires_at=timezone.now() - timedelta(seconds=1))

    ledger.prune("me")

    assert sorted(UsedKey.objects.values_list("name", flat=True)) == ["mine-2", "mine-3", "mine-4", "theirs"]


def test_without_the_database_nothing_is_carried_out(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any) -> Any:
        raise DatabaseError("away")

    monkeypatch.setattr(ledger, "claim", away)

    answer = post("/pay")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert urls.carried_out == []


@pytest.mark.parametrize("path", ["/strict", "/strict-async"])
def test_a_view_may_demand_a_key(post: Post, path: str) -> None:
    assert (post(path, None).status_code, post(path).status_code) == (400, 200)


def test_a_body_too_long_for_memory_is_known_by_its_length(post: Post, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    assert post("/status/200", body="x" * 50).status_code == 200
    assert post("/status/200", body="y" * 50).headers["Idempotency-Replayed"] == "true"
    assert post("/status/200", body="y" * 51).status_code == 422


def test_nothing_that_was_sent_stands_in_the_table(post: Post) -> None:
    post("/status/200", "key-of-ada", headers={"Authorization": "Bearer abcdef"})

    row = str(UsedKey.objects.values().get())
    assert "key-of-ada" not in row
    assert "abcdef" not in row
