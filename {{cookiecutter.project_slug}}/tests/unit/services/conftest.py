"""A Bot API server and a mail server that really listen, on loopback."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings as django_settings
from pydantic import SecretStr
from pytest_django import Settings

from framework.conf import EmailConfig, TelegramConfig

TOKEN = "12345:AAHunter2_hunter2-hunter2"


@dataclass
class BotAPI:
    """What the server was asked, and what it answers next; by itself it takes every message."""

    url: str = ""
    paths: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    def answer(self, status: int, **answer: Any) -> None:
        """Give this answer to the next call that has none yet."""
        self.answers.append((status, json.dumps(answer).encode()))

    def take(self, path: str, message: dict[str, Any]) -> tuple[int, bytes]:
        """Note a call and return the status and the body of the answer."""
        self.paths.append(path)
        self.messages.append(message)
        if self.answers:
            return self.answers.pop(0)
        if path.endswith("/getMe"):
            return 200, json.dumps(
                {"ok": True, "result": {"id": 7, "first_name": "Shop", "username": "shop_bot"}}
            ).encode()
        result = {"message_id": len(self.messages), "chat": {"id": message["chat_id"]}}
        return 200, json.dumps({"ok": True, "result": result}).encode()


def read_form(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the fields of a form; a file is a pair of its name and its bytes."""
    raw = b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    form: EmailMessage = message_from_bytes(raw, EmailMessage, policy=policy.default)
    fields: dict[str, Any] = {}
    for part in form.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        file = part.get_filename()
        name = part["Content-Disposition"].params["name"]
        fields[name] = (file, content) if file else content.decode()
    return fields


@pytest.fixture
def bot_api(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[BotAPI]:
    """Start a Bot API server and configure a bot that uses it, with the chat 42."""
    api = BotAPI()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            form = self.headers["Content-Type"].startswith("multipart/form-data")
            message = read_form(self.headers["Content-Type"], body) if form else json.loads(body)
            status, body = api.take(self.path, message)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
            """Keep the test's output clean."""

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_port}"
    configure(settings, telegram=TelegramConfig(bot_token=SecretStr(TOKEN), chat_id="42", api_url=api.url))
    yield api
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class MailServer:
    """What the server was sent, and the answers it gives instead of taking a recipient."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or refuse it."""
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail."""
        self.recipients += envelope.rcpt_tos
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, EmailMessage, policy=policy.default))
        return "250 OK"


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """Start a mail server and send mails to it, as ``EMAIL_URL`` would."""
    server = MailServer()
    port = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    config = EmailConfig(url=SecretStr(f"smtp://127.0.0.1:{port}"))
    settings.MAILERS = {"default": config.mailer(settings.CONFIG.state_dir)}
    settings.DEFAULT_FROM_EMAIL = "noreply@shop.example.com"
    configure(settings, site=replace(settings.CONFIG.site, domain="shop.example.com"))
    yield server
    controller.stop()


def configure(settings: Settings, **parts: Any) -> None:
    """Replace parts of the configuration for the length of a test."""
    settings.CONFIG = replace(django_settings.CONFIG, **parts)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
