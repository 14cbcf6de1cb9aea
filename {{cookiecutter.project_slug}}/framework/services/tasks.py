"""The actors that talk to outside services."""

from datetime import timedelta
from typing import Any, Final

import dramatiq
from dramatiq import Retry

from framework.tasks import reserve_slot

from . import email, telegram
from .calls import Call
from .exceptions import EmailRefusedError, TelegramBusyError, TelegramRefusedError, TelegramUnconfiguredError
from .mail import Mail

# What Telegram takes in one chat, and from one bot in all.
# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
CHAT_INTERVAL: Final = timedelta(seconds=1)
BOT_INTERVAL: Final = timedelta(seconds=1) / 30


# A ValueError is an address that cannot be written; no later attempt can change that.
@dramatiq.actor(actor_name=email.ACTOR, queue_name="mail", min_backoff=5_000, throws=(EmailRefusedError, ValueError))
def deliver_email(mail: dict[str, Any]) -> None:
    """Send one mail."""
    email.deliver(Mail.from_json(mail))


@dramatiq.actor(actor_name=telegram.ACTOR, queue_name="telegram", atomic=True)
def queue_telegram(call: dict[str, Any]) -> None:
    """Book the moment a call may be made at, and send the task that makes it then, in one transaction."""
    chat = call["parameters"]["chat_id"]
    delay = max(reserve_slot(f"telegram chat {chat}", CHAT_INTERVAL), reserve_slot("telegram", BOT_INTERVAL))
    deliver_telegram.send_with_options(args=(call,), delay=delay // timedelta(milliseconds=1))


@dramatiq.actor(
    actor_name="framework.services.deliver_telegram",
    queue_name="telegram",
    min_backoff=5_000,
    throws=(TelegramRefusedError, TelegramUnconfiguredError),
)
def deliver_telegram(call: dict[str, Any]) -> None:
    """Make one call; waits as long as Telegram asks when it is too busy."""
    try:
        telegram.DjangoTelegram().deliver(Call.from_json(call))
    except TelegramBusyError as busy:
        raise Retry(str(busy), delay=busy.retry_after * 1000) from None
