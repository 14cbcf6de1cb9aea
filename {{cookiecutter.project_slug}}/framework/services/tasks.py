"""The actors that talk to outside services."""

import dramatiq
from dramatiq import Retry

from . import email, telegram
from .exceptions import EmailRefusedError, TelegramBusyError, TelegramRefusedError, TelegramUnconfiguredError
from .markup import ParseMode


# A ValueError is an address that cannot be written; no later attempt can change that.
@dramatiq.actor(actor_name=email.ACTOR, queue_name="mail", min_backoff=5_000, throws=(EmailRefusedError, ValueError))
def deliver_email(subject: str, body: str, to: list[str], html: str | None = None, sender: str | None = None) -> None:
    """Send one mail."""
    email.send_email_now(subject, body, to, html=html, sender=sender)


@dramatiq.actor(
    actor_name=telegram.ACTOR,
    queue_name="telegram",
    min_backoff=5_000,
    throws=(TelegramRefusedError, TelegramUnconfiguredError),
)
def deliver_telegram(text: str, chat_id: str, parse_mode: ParseMode | None = None) -> None:
    """Send one message; waits as long as Telegram asks when it is too busy."""
    try:
        telegram.DjangoTelegram().send_message_now(text, chat_id, parse_mode=parse_mode)
    except TelegramBusyError as busy:
        raise Retry(str(busy), delay=busy.retry_after * 1000) from None
