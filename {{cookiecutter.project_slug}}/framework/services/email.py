"""E-mail that survives a crash and a mail server that is away."""

from collections.abc import Sequence
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Final

import dramatiq
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, make_msgid

from framework.logs import get_logger
from framework.tasks import current_task_id

from .exceptions import EmailRefusedError

ACTOR: Final = "framework.services.deliver_email"
# Answers of a mail server from here on are final (RFC 5321, 4.2.1).
PERMANENT: Final = 500

logger = get_logger(__name__)


def send_email(
    subject: str, body: str, to: str | Sequence[str], *, html: str | None = None, sender: str | None = None
) -> None:
    """Send a mail from a worker, after the commit of the caller's transaction.

    ``sender`` is ``EMAIL_SENDER`` unless given. A mail server that is away is tried again. Raises
    ``ValueError`` at once for a line break in the subject or an address, and for no recipient.
    """
    recipients = _recipients(to)
    _compose(subject, body, recipients, html, sender).message()
    # By name, since actors can be declared only once Django has chosen the broker.
    dramatiq.get_broker().get_actor(ACTOR).send(subject, body, recipients, html, sender)


def send_email_now(
    subject: str, body: str, to: str | Sequence[str], *, html: str | None = None, sender: str | None = None
) -> None:
    """Send a mail here and now.

    Raises :class:`EmailRefusedError` when the server will never take it, and ``OSError`` (of which
    ``smtplib.SMTPException`` is one) when it may take it later.
    """
    message = _compose(subject, body, _recipients(to), html, sender)
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        if all(code >= PERMANENT for code, _ in error.recipients.values()):
            raise EmailRefusedError(f"The mail server refused every recipient of {subject!r}") from error
        raise
    except SMTPResponseException as error:
        if error.smtp_code >= PERMANENT:
            raise EmailRefusedError(f"The mail server refused {subject!r}: {_text(error)}") from error
        raise
    logger.info("email_sent", subject=subject, recipients=len(message.to))


def _compose(subject: str, body: str, to: list[str], html: str | None, sender: str | None) -> EmailMultiAlternatives:
    domain = settings.CONFIG.site.domain
    task = current_task_id()
    # A task that runs again sends under the same id, which is how mail servers and clients tell a duplicate.
    headers = {"Message-ID": f"<{task}@{domain}>" if task else make_msgid(domain=domain)}
    message = EmailMultiAlternatives(subject, body, sender, to, headers=headers)
    if html is not None:
        message.attach_alternative(html, "text/html")
    return message


def _recipients(to: str | Sequence[str]) -> list[str]:
    recipients = [to] if isinstance(to, str) else list(to)
    if not any(recipients):
        raise ValueError("A mail needs a recipient; pass an address, or a list of them")
    return recipients


def _text(error: SMTPResponseException) -> str:
    answer = error.smtp_error
    return f"{error.smtp_code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"
