"""An ASGI application whose middlewares stay on the event loop, and what they do take to a thread."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from asgiref.sync import SyncToAsync
from asgiref.testing import ApplicationCommunicator
from django.conf import settings as project
from django.core.signals import request_finished
from django.middleware.csrf import _get_new_csrf_string
from pytest_django import Settings

from framework.features.snapshot import snapshot
from framework.middleware import get_asgi_application, lean as lean_handler
from framework.middleware.direct import DIRECT

# Sessions are written in threads.
pytestmark = pytest.mark.django_db(transaction=True)

#: The start and the end of every request, told to receivers that are no coroutines.
SIGNALS = 2
TOKEN = _get_new_csrf_string()


@dataclass
class Answer:
    """What the application said, and how many times it went to a thread."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    hops: list[str]


type Ask = Callable[..., Any]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, settings: Settings, transactional_db: None) -> Ask:
    """Return a function that sends one request to the project's application, as a server would."""
    # The first look at the flags is waited for.
    snapshot.refresh()
    settings.ROOT_URLCONF = "tests.unit.middleware.urls"
    taken: list[str] = []
    really = SyncToAsync.__call__

    async def counted(self: SyncToAsync[..., Any], *args: Any, **kwargs: Any) -> Any:
        taken.append(repr(self.func))
        return await really(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", counted)

    async def send(path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
        lines = {"host": "testserver", **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
            "client": ("203.0.113.9", 1),
        }
        # It has no types.
        exchange: Any = cast("Any", ApplicationCommunicator)(get_asgi_application(), scope)
        taken.clear()
        await exchange.send_input({"type": "http.request", "body": body})
        start = await exchange.receive_output(5)
        content = await exchange.receive_output(5)
        await exchange.wait(5)
        return Answer(start["status"], dict(start["headers"]), content["body"], list(taken))

    return send


async def test_an_async_view_takes_two_hops_and_a_sync_one_three(ask: Ask) -> None:
    quick, plain = await ask("/quick"), await ask("/plain")

    assert (len(quick.hops), len(plain.hops)) == (SIGNALS, SIGNALS + 1), (quick.hops, plain.hops)
    assert (quick.body, plain.body) == (b"quick", b"plain")


async def test_the_switch_brings_django_s_own_back(ask: Ask, settings: Settings) -> None:
    await ask("/quick")
    middleware = project.CONFIG.middleware.model_copy(update={"direct": False})
    settings.CONFIG = replace(project.CONFIG, middleware=middleware)

    assert len((await ask("/quick")).hops) > SIGNALS + 10


@pytest.mark.parametrize("path", ["/plain", "/quick", "/missing", "/admin/login/", "/fails"])
async def test_an_answer_is_the_same_as_django_s(ask: Ask, settings: Settings, path: str) -> None:
    direct = await ask(path)
    settings.CONFIG = replace(project.CONFIG, middleware=project.CONFIG.middleware.model_copy(update={"direct": False}))
    own = await ask(path)

    assert direct.status == own.status
    assert direct.headers.keys() == own.headers.keys()


async def test_a_session_is_written_in_a_thread_and_read_again(ask: Ask) -> None:
    counted = await ask("/visits")
    cookie = counted.headers[b"Set-Cookie"].split(b";")[0].decode()

    assert any("process_response" in hop for hop in counted.hops), counted.hops
    assert (await ask("/visits", cookie=cookie)).body == b"2"


async def test_messages_are_stored_in_a_thread(ask: Ask) -> None:
    noted = await ask("/note")

    assert any("process_response" in hop for hop in noted.hops), noted.hops
    assert b"messages=" in noted.headers[b"Set-Cookie"]


async def test_a_form_without_its_token_is_refused(ask: Ask) -> None:
    assert (await ask("/quick", "POST")).status == 403


async def test_a_form_with_its_token_is_taken(ask: Ask) -> None:
    accepted = await ask(
        "/quick",
        "POST",
        f"csrfmiddlewaretoken={TOKEN}".encode(),
        cookie=f"{project.CSRF_COOKIE_NAME}={TOKEN}",
        content_type="application/x-www-form-urlencoded",
    )

    assert accepted.status == 200
    assert len(accepted.hops) == SIGNALS + 1, accepted.hops


async def test_a_token_kept_in_the_session_works_too(ask: Ask, settings: Settings) -> None:
    settings.CSRF_USE_SESSIONS = True
    settings.MIDDLEWARE = [
        path for path in project.MIDDLEWARE if path.endswith(("SessionMiddleware", "CsrfViewMiddleware"))
    ]

    assert (await ask("/quick")).status == 200
    assert (await ask("/quick", "POST")).status == 403


def test_the_settings_keep_django_s_names() -> None:
    get_asgi_application()

    assert not set(DIRECT.values()) & set(project.MIDDLEWARE)
    assert set(DIRECT) & set(project.MIDDLEWARE)


@pytest.fixture
def lean(settings: Settings) -> None:
    """Switch the lean handler on."""
    settings.CONFIG = replace(project.CONFIG, middleware=project.CONFIG.middleware.model_copy(update={"lean": True}))


async def test_the_lean_handler_takes_a_request_to_a_thread_only_if_the_view_does(ask: Ask, lean: None) -> None:
    await ask("/quick")

    quick, plain = await ask("/quick"), await ask("/plain")

    assert (len(quick.hops), len(plain.hops)) == (0, 2), (quick.hops, plain.hops)
    assert (quick.body, plain.body) == (b"quick", b"plain")


async def test_the_lean_handler_lets_who_listens_for_requests_wait(ask: Ask, lean: None) -> None:
    heard: list[threading.Thread] = []

    def listen(sender: object, **kwargs: Any) -> None:
        heard.append(threading.current_thread())

    request_finished.connect(listen)
    try:
        answer = await ask("/quick")
    finally:
        request_finished.disconnect(listen)

    assert len(answer.hops) >= SIGNALS
    assert len(heard) == 1
    assert heard[0] is not threading.current_thread()


async def test_the_lean_handler_looks_after_connections_in_a_thread_it_used(
    ask: Ask, lean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[int] = []
    monkeypatch.setattr(lean_handler, "_enter_thread", lambda: entered.append(threading.get_ident()))
    await ask("/quick")

    await ask("/quick")
    none = list(entered)
    plain = await ask("/plain")

    assert none == []
    assert len(entered) == 1
    assert entered[0] != threading.get_ident()
    assert ["plain" in hop or "close" in hop for hop in plain.hops] == [True, True]
