"""The project's Telegram bot."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dramatiq
from django.conf import settings

from framework.conf import TelegramConfig
from framework.logs import get_logger

from .calls import Call, Upload
from .exceptions import TelegramUnconfiguredError
from .markup import ParseMode, escape_html

ACTOR: Final = "framework.services.queue_telegram"

type Media = str | bytes | Path

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotUser:
    """The bot as Telegram knows it."""

    id: int
    username: str
    name: str


class DjangoTelegram:
    """The project's bot.

    ``DjangoTelegram().send_message("Paid")`` goes through a task: it is sent after the commit, by a worker,
    again if Telegram is away. ``now=True`` sends here and returns the message's id, or ``None`` without a token.
    Without a token it does nothing or raises :class:`TelegramUnconfiguredError`, as ``TELEGRAM_ON_UNCONFIGURED``
    says. ``chat_id`` is ``TELEGRAM_CHAT_ID`` unless given. What is sent ``now`` raises
    :class:`TelegramBusyError` when it must wait, :class:`TelegramRefusedError` when it will never be taken, and
    :class:`TelegramError` when Telegram could not be reached.
    """

    @property
    def is_configured(self) -> bool:
        """True when there is a bot token."""
        return self._config.bot_token is not None

    def send_message(
        self,
        text: str,
        chat_id: str | None = None,
        *,
        parse_mode: ParseMode | None = "HTML",
        silent: bool = False,
        now: bool = False,
    ) -> int | None:
        """Send ``text``, up to 4,096 characters; ``silent`` rings no bell.

        Pass what users wrote through :func:`escape_html` or :func:`escape_markdown`, or use ``parse_mode=None``.
        """
        return self._send("sendMessage", chat_id, parse_mode, silent, now=now, text=text)

    def send_photo(
        self,
        photo: Media,
        caption: str = "",
        chat_id: str | None = None,
        *,
        parse_mode: ParseMode | None = "HTML",
        silent: bool = False,
        now: bool = False,
    ) -> int | None:
        """Send a picture: its bytes, a file, or as text its address or Telegram's id of it.

        A task carries up to a megabyte; send larger ones by their address, or ``now``.
        """
        return self._send(
            "sendPhoto", chat_id, parse_mode, silent, now=now, caption=caption, media=("photo", photo, "")
        )

    def send_document(
        self,
        document: Media,
        caption: str = "",
        chat_id: str | None = None,
        *,
        name: str = "",
        parse_mode: ParseMode | None = "HTML",
        silent: bool = False,
        now: bool = False,
    ) -> int | None:
        """Send a file as it is, under ``name``; see :meth:`send_photo`."""
        media = ("document", document, name)
        return self._send("sendDocument", chat_id, parse_mode, silent, now=now, caption=caption, media=media)

    def send_error(self, text: str, details: Mapping[str, object] | None = None, **options: Any) -> int | None:
        """Tell of an error; ``details`` become a table, ``options`` are those of :meth:`send_message`."""
        return self.send_message(_notice("Error", text, details), **options)

    def send_warning(self, text: str, details: Mapping[str, object] | None = None, **options: Any) -> int | None:
        """Tell of something that may become an error; see :meth:`send_error`."""
        return self.send_message(_notice("Warning", text, details), **options)

    def send_success(self, text: str, details: Mapping[str, object] | None = None, **options: Any) -> int | None:
        """Tell of something that went well; see :meth:`send_error`."""
        return self.send_message(_notice("Success", text, details), **options)

    def send_info(self, text: str, details: Mapping[str, object] | None = None, **options: Any) -> int | None:
        """Tell of something without a sound; see :meth:`send_error`."""
        return self.send_message(_notice("Info", text, details), **{"silent": True, **options})

    def get_me(self) -> BotUser | None:
        """Ask Telegram who the bot is, here and now; ``None`` without a token."""
        if not self._may_send():
            return None
        answer = self._make(Call(method="getMe", parameters={}))
        return BotUser(id=answer["id"], username=answer.get("username", ""), name=answer["first_name"])

    def deliver(self, call: Call) -> int | None:
        """Make a call that sends, here and now; return the message's id, or ``None`` without a token."""
        if not self._may_send():
            return None
        sent: int = self._make(call)["message_id"]
        logger.info("telegram_sent", method=call.method, message=sent)
        return sent

    @property
    def _config(self) -> TelegramConfig:
        config: TelegramConfig = settings.CONFIG.telegram
        return config

    def _send(
        self,
        method: str,
        chat_id: str | None,
        parse_mode: ParseMode | None,
        silent: bool,
        *,
        now: bool,
        media: tuple[str, Media, str] | None = None,
        **texts: str,
    ) -> int | None:
        if not self._may_send():
            return None
        parameters: dict[str, Any] = {"chat_id": self._chat(chat_id)}
        parameters |= {name: value for name, value in texts.items() if value}
        parameters |= {"parse_mode": parse_mode} if parse_mode else {}
        parameters |= {"disable_notification": True} if silent else {}
        upload = None
        if media is not None:
            field, file, name = media
            if isinstance(file, str):
                parameters[field] = file
            else:
                upload = Upload.of(field, file, name)
        call = Call(method=method, parameters=parameters, upload=upload)
        if now:
            return self.deliver(call)
        # By name, since actors can be declared only once Django has chosen the broker.
        dramatiq.get_broker().get_actor(ACTOR).send(call.as_json())
        return None

    def _make(self, call: Call) -> Any:
        # Only a process that makes a call loads the HTTP client.
        from .bot_api import make

        return make(call, self._config)

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


def _notice(title: str, text: str, details: Mapping[str, object] | None) -> str:
    table = "\n".join(f"{name}: {value}" for name, value in (details or {}).items())
    shown = f"\n<pre>{escape_html(table)}</pre>" if table else ""
    return f"<b>{title}</b>\n{escape_html(text)}{shown}"
