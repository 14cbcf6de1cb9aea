"""Telegram messages through the Bot API (https://core.telegram.org/bots/api)."""

import html
from typing import Any, Final

import httpx
from django.conf import settings

from framework.conf import TelegramConfig
from framework.logs import get_logger
from framework.tasks import enqueue_many

from .exceptions import TelegramBusyError, TelegramError, TelegramUnconfiguredError

TIMEOUT_SECONDS: Final = 10
MAX_CHARACTERS: Final = 4096

logger = get_logger(__name__)


class DjangoTelegram:
    """A bot that sends messages.

    ``DjangoTelegram().send_message("Paid")`` goes through a task: it is sent after the commit, by a worker,
    again if Telegram is away. Without a token it does nothing or raises, as ``TELEGRAM_ON_UNCONFIGURED`` says.
    """

    def __init__(self, config: TelegramConfig | None = None) -> None:
        self.config = config or settings.CONFIG.telegram

    @property
    def is_configured(self) -> bool:
        """True when there is a bot token."""
        return self.config.bot_token is not None

    def send_message(self, text: str, *, chat_id: str | None = None, parse_mode: str | None = "HTML") -> None:
        """Send ``text`` from a worker; raises :class:`TelegramUnconfiguredError` if so configured.

        With ``parse_mode="HTML"`` pass what users wrote through :func:`escape_html`.
        """
        from .tasks import deliver_telegram

        if target := self._target(chat_id):
            enqueue_many([deliver_telegram.message(text[:MAX_CHARACTERS], target, parse_mode)])

    def send_message_now(self, text: str, *, chat_id: str | None = None, parse_mode: str | None = "HTML") -> Any:
        """Send ``text`` here and now; return the message as Telegram describes it.

        Raises :class:`TelegramBusyError` or :class:`TelegramError`, neither of which names the token.
        """
        target = self._target(chat_id)
        if target is None or self.config.bot_token is None:
            return None
        body = {"chat_id": target, "text": text[:MAX_CHARACTERS]} | ({"parse_mode": parse_mode} if parse_mode else {})
        url = f"{self.config.api_url}/bot{self.config.bot_token.get_secret_value()}/sendMessage"
        try:
            response = httpx.post(url, json=body, timeout=TIMEOUT_SECONDS)
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            # Not chained: the error's request would carry the token in its address.
            raise TelegramError(f"Telegram could not be reached: {type(error).__name__}") from None
        if answer.get("ok"):
            return answer["result"]
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise TelegramBusyError(int(answer.get("parameters", {}).get("retry_after", 1)))
        raise TelegramError(f"Telegram refused the message: {answer.get('description', response.status_code)}")

    def _target(self, chat_id: str | None) -> str | None:
        target = chat_id or self.config.chat_id
        missing = "TELEGRAM_BOT_TOKEN" if not self.is_configured else "TELEGRAM_CHAT_ID" if not target else None
        if missing is None:
            return target
        if self.config.on_unconfigured == "error":
            raise TelegramUnconfiguredError(f"{missing} is not set; set it, or TELEGRAM_ON_UNCONFIGURED=ignore")
        logger.info("telegram_not_configured", missing=missing)
        return None


def escape_html(text: str) -> str:
    """Escape ``text`` for ``parse_mode="HTML"``."""
    return html.escape(text, quote=False)
