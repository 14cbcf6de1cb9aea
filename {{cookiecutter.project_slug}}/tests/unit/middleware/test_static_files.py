"""Static files beside everything else."""

from typing import Any

import pytest
from django.test import AsyncClient, Client

FILE = "/static/unfold/css/styles.css"


@pytest.mark.django_db  # the end of a request looks after connections
def test_a_file_is_served_under_wsgi(client: Client, settings: Any) -> None:
    settings.DEBUG = True

    response = client.get(FILE)

    assert (response.status_code, response.headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')
    assert len(b"".join(response)) == int(response.headers["Content-Length"])
    response.close()


async def test_a_file_is_served_under_asgi(async_client: AsyncClient, settings: Any) -> None:
    settings.DEBUG = True

    response: Any = await async_client.get(FILE)

    assert response.status_code == 200
    assert len(b"".join([part async for part in response])) == int(response.headers["Content-Length"])


def test_a_missing_file_is_not_found(client: Client, settings: Any) -> None:
    settings.DEBUG = True

    assert client.get("/static/nothing.css").status_code == 404
    assert client.get("/static/../manage.py").status_code == 404
