"""Telegram messages through the Bot API (https://core.telegram.org/bots/api)."""

from functools import cache
from ssl import SSLContext
from typing import Any, Final

import dramatiq
import httpx
from django.conf import settings

from framework.conf import TelegramConfig
from framework.logs import get_logger

from .exceptions import TelegramBusyError, TelegramError, TelegramRefusedError, TelegramUnconfiguredError
from .markup import ParseMode

ACTOR: Final = "framework.services.deliver_telegram"
TIMEOUT_SECONDS: Final = 10

logger = get_logger(__name__)


class DjangoTelegram:
    """The project's bot.

    ``DjangoTelegram().send_message("Paid")`` goes through a task: it is sent after the commit, by a worker,
    again if Telegram is away. Without a token it does nothing or raises, as ``TELEGRAM_ON_UNCONFIGURED`` says.
    """

    @property
    def is_configured(self) -> bool:
        """True when there is a bot token."""
        return self._config.bot_token is not None

    def send_message(self, text: str, chat_id: str | None = None, *, parse_mode: ParseMode | None = "HTML") -> None:
        """Send ``text`` from a worker, after the commit of the caller's transaction.

        ``chat_id`` is ``TELEGRAM_CHAT_ID`` unless given. Pass what users wrote through :func:`escape_html` or
        :func:`escape_markdown`, or send it with ``parse_mode=None``. Raises :class:`TelegramUnconfiguredError`.
        """
        if self._may_send():
            # By name, since actors can be declared only once Django has chosen the broker.
            dramatiq.get_broker().get_actor(ACTOR).send(text, self._chat(chat_id), parse_mode)

    def send_message_now(
        self, text: str, chat_id: str | None = None, *, parse_mode: ParseMode | None = "HTML"
    ) -> int | None:
        """Send ``text`` here and now; return the message's id, or ``None`` when there is no token.

        Raises :class:`TelegramBusyError` when it must wait, :class:`TelegramRefusedError` when it will never
        be sent, and :class:`TelegramError` when Telegram could not be reached. None of them tells the token.
        """
        if not self._may_send():
            return None
        message: dict[str, Any] = {"chat_id": self._chat(chat_id), "text": text}
        if parse_mode is not None:
            message["parse_mode"] = parse_mode
        sent: int = self._call("sendMessage", message)["message_id"]
        logger.info("telegram_sent", message=sent)
        return sent

    @property
    def _config(self) -> TelegramConfig:
        config: TelegramConfig = settings.CONFIG.telegram
        return config

    def _may_send(self) -> bool:
        if self.is_configured:
            return True
        if self._config.on_unconfigured == "error":
            raise TelegramUnconfiguredError(
                "TELEGRAM_BOT_TOKEN is not set; set it, or TELEGRAM_ON_UNCONFIGURED=ignore to send nothing"
            )
        logger.debug("telegram_not_configured")
        return False

    def _chat(self, chat_id: str | None) -> str:
        if chat := chat_id or self._config.chat_id:
            return chat
        raise TelegramUnconfiguredError("There is no chat to send to; set TELEGRAM_CHAT_ID, or pass chat_id")

    def _call(self, method: str, parameters: dict[str, Any]) -> Any:
        token = self._config.bot_token.get_secret_value() if self._config.bot_token else ""
        url = f"{self._config.api_url}/bot{token}/{method}"
        try:
            response = httpx.post(url, json=parameters, timeout=TIMEOUT_SECONDS, verify=_certificates())
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Not chained: the error's request has the token in its address.
            raise TelegramError(f"Telegram could not be reached: {type(error).__name__}") from None
        return _result(response)


def _result(response: httpx.Response) -> Any:
    try:
        answer = response.json()
    except ValueError:
        answer = {}
    if response.is_success and answer.get("ok"):
        return answer["result"]
    reason = answer.get("description", f"status {response.status_code}")
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise TelegramBusyError(int(answer.get("parameters", {}).get("retry_after", 1)))
    if response.is_client_error:
        raise TelegramRefusedError(f"Telegram refused the message: {reason}")
    raise TelegramError(f"Telegram could not send the message: {reason}")


@cache
def _certificates() -> SSLContext:
    # Reading the certificates takes longer than a message.
    return httpx.create_ssl_context()
