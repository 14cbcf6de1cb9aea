"""The pages: one form, one order, one stream of events."""

import json
from collections.abc import AsyncIterator
from typing import cast
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client

from apps.orders import stream
from apps.orders.models import Order
from framework.tasks import run_tasks

from .conftest import PlaceOrder

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {"product": "tea", "quantity": "2", "email": "ada@example.com"}


def test_the_start_page_shows_a_filled_in_form_and_every_stage(client: Client) -> None:
    page = client.get("/").content.decode()

    assert 'name="csrfmiddlewaretoken"' in page
    assert 'value="customer@example.com"' in page
    assert page.count('class="step"') == 9


def test_the_pages_hold_no_inline_style_or_script(client: Client, place: PlaceOrder) -> None:
    page = client.get(f"/orders/{place().public_id}/").content.decode()

    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page


def test_an_order_leads_to_its_page(client: Client) -> None:
    answer = client.post("/", FORM)

    order = Order.objects.get()
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/orders/{order.public_id}/"
    assert order.request_id


def test_a_script_gets_the_addresses_instead(client: Client) -> None:
    answer = client.post("/", FORM, headers={"accept": "application/json"})

    page = f"/orders/{Order.objects.get().public_id}/"
    assert answer.status_code == 201
    assert answer.json() == {"page": page, "steps": f"{page}steps"}


def test_a_wrong_form_comes_back_with_its_fault(client: Client) -> None:
    answer = client.post("/", FORM | {"email": "nobody"})

    assert answer.status_code == 422
    assert "Enter a valid email address." in answer.content.decode()
    assert not Order.objects.exists()


def test_a_form_without_its_token_is_refused() -> None:
    answer = Client(enforce_csrf_checks=True).post("/", FORM)

    assert answer.status_code == 403


def test_reloading_shows_more(client: Client, place: PlaceOrder) -> None:
    page = f"/orders/{place().public_id}/"
    before = client.get(page).content.decode()
    run_tasks()

    after = client.get(page).content.decode()

    assert (before.count("step seen"), after.count("step seen")) == (4, 9)
    assert ('http-equiv="refresh"' in before, 'http-equiv="refresh"' in after) == (True, False)


def test_an_unknown_order_is_not_found(client: Client) -> None:
    assert client.get(f"/orders/{uuid4()}/").status_code == 404
    assert client.get(f"/orders/{uuid4()}/steps").status_code == 404


async def events(client: AsyncClient, order: Order) -> list[tuple[str, dict[str, object]]]:
    answer = cast("StreamingHttpResponse", await client.get(f"/orders/{order.public_id}/steps"))
    assert answer.headers["Content-Type"] == "text/event-stream"
    text = "".join([part.decode() async for part in cast("AsyncIterator[bytes]", answer.streaming_content)])
    blocks = [block.split("\n") for block in text.split("\n\n") if block.startswith("event: ")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_the_stream_reads_the_summary_and_ends_when_all_is_seen(place: PlaceOrder, async_client: AsyncClient) -> None:
    order = place()
    run_tasks()

    seen = async_to_sync(events)(async_client, order)

    assert [name for name, _ in seen] == ["step"] * 9 + ["summary", "end"]
    assert seen[-2][1]["recomputed"] is True
    assert seen[-1][1] == {"complete": True, "missing": []}


def test_the_stream_says_what_is_missing_when_time_is_up(
    place: PlaceOrder, async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIFETIME_SECONDS", 0.0)
    order = place()

    seen = async_to_sync(events)(async_client, order)

    assert seen[-1] == (
        "end",
        {"complete": False, "missing": ["message", "worker", "receipt", "invalidated", "recomputed"]},
    )
