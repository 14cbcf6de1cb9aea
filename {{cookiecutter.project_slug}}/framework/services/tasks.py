"""The actors that talk to outside services."""

from typing import Any

import dramatiq
from dramatiq import Retry

from . import email, telegram
from .bot_api import Call
from .exceptions import EmailRefusedError, TelegramBusyError, TelegramRefusedError, TelegramUnconfiguredError
from .mail import Mail


# A ValueError is an address that cannot be written; no later attempt can change that.
@dramatiq.actor(actor_name=email.ACTOR, queue_name="mail", min_backoff=5_000, throws=(EmailRefusedError, ValueError))
def deliver_email(mail: dict[str, Any]) -> None:
    """Send one mail."""
    email.deliver(Mail.from_json(mail))


@dramatiq.actor(
    actor_name=telegram.ACTOR,
    queue_name="telegram",
    min_backoff=5_000,
    # What a bot may send in all (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
    limit="30/s",
    throws=(TelegramRefusedError, TelegramUnconfiguredError),
)
def deliver_telegram(call: dict[str, Any]) -> None:
    """Make one call; waits as long as Telegram asks when it is too busy."""
    try:
        telegram.DjangoTelegram().deliver(Call.from_json(call))
    except TelegramBusyError as busy:
        raise Retry(str(busy), delay=busy.retry_after * 1000) from None
