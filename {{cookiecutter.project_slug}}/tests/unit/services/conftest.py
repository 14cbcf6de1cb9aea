"""A bot and a mail server, on servers that really listen, on loopback."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings as django_settings
from pydantic import SecretStr
from pytest_django import Settings

from framework.conf import EmailConfig, TelegramConfig
from tests.bot_api import TOKEN, BotAPI, serve_bot_api


@pytest.fixture
def bot_api(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[BotAPI]:
    """Start a Bot API server and configure a bot that uses it, with the chat 42."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serve_bot_api() as api:
        configure(settings, telegram=TelegramConfig(bot_token=SecretStr(TOKEN), chat_id="42", api_url=api.url))
        yield api


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
