"""The actors that talk to outside services."""

import dramatiq
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from dramatiq import Retry

from framework.tasks import current_task_id

from .exceptions import TelegramBusyError
from .telegram import DjangoTelegram


@dramatiq.actor(actor_name="framework.services.deliver_email", queue_name="mail", min_backoff=5_000)
def deliver_email(subject: str, body: str, to: list[str], html: str | None = None, sender: str | None = None) -> None:
    """Send one mail; the task's id is its Message-ID, by which a second delivery can be told."""
    headers = {"Message-ID": f"<{current_task_id()}@{settings.CONFIG.site.domain}>"}
    message = EmailMultiAlternatives(subject, body, sender, to, headers=headers)
    if html is not None:
        message.attach_alternative(html, "text/html")
    message.send()


@dramatiq.actor(actor_name="framework.services.deliver_telegram", queue_name="telegram", min_backoff=5_000)
def deliver_telegram(text: str, chat_id: str, parse_mode: str | None = None) -> None:
    """Send one message; waits as long as Telegram asks when it is too busy."""
    try:
        DjangoTelegram().send_message_now(text, chat_id=chat_id, parse_mode=parse_mode)
    except TelegramBusyError as busy:
        raise Retry(str(busy), delay=busy.retry_after * 1000) from None
