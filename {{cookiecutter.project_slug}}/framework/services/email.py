"""E-mail that survives a crash and a mail server that is away."""

from collections.abc import Mapping, Sequence
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any, Final

import dramatiq
from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from framework.logs import get_logger

from .exceptions import EmailRefusedError
from .mail import Attachment, Mail

ACTOR: Final = "framework.services.deliver_email"
# Answers of a mail server from here on are final (RFC 5321, 4.2.1).
PERMANENT: Final = 500

type Addresses = str | Sequence[str]

logger = get_logger(__name__)


def send_email(
    subject: str,
    text: str,
    to: Addresses,
    *,
    html: str | None = None,
    sender: str | None = None,
    cc: Addresses = (),
    bcc: Addresses = (),
    reply_to: Addresses = (),
    attachments: Sequence[Attachment] = (),
    now: bool = False,
) -> None:
    """Send a mail from a worker, after the commit of the caller's transaction; with ``now`` here and at once.

    ``sender`` is ``EMAIL_SENDER`` unless given. A mail server that is away is tried again. Raises ``ValueError``
    for a line break in a header and for no recipient, :class:`MessageTooLargeError` for more than a task carries,
    and with ``now`` :class:`EmailRefusedError` when the server will never take it, and ``OSError`` (of which
    ``smtplib.SMTPException`` is one) when it may take it later.
    """
    mail = Mail(
        subject=subject,
        text=text,
        to=_listed(to),
        html=html,
        sender=sender,
        cc=_listed(cc),
        bcc=_listed(bcc),
        reply_to=_listed(reply_to),
        attachments=tuple(attachments),
    )
    if now:
        deliver(mail)
        return
    mail.message()
    # By name, since actors can be declared only once Django has chosen the broker.
    dramatiq.get_broker().get_actor(ACTOR).send(mail.as_json())


class DjangoEmailService:
    """Mails written in templates, and mails to who runs the site."""

    def send_template(self, template: str, context: Mapping[str, Any], to: Addresses, **options: Any) -> None:
        """Send ``template``: ``<template>.subject.txt`` and ``<template>.txt``, ``<template>.html`` or both.

        Without a text the HTML is sent with its tags taken out as well. ``options`` are those of
        :func:`send_email`. Raises ``TemplateDoesNotExist`` when the subject is missing, or text and HTML are.
        """
        # A subject is one line, however the template is laid out.
        subject = " ".join(render_to_string(f"{template}.subject.txt", context).split())
        html = _rendered(f"{template}.html", context)
        text = _rendered(f"{template}.txt", context)
        if text is None and html is None:
            raise TemplateDoesNotExist(f"{template}.txt or {template}.html")
        send_email(subject, strip_tags(html or "").strip() if text is None else text, to, html=html, **options)

    def send_to_admins(self, subject: str, text: str, **options: Any) -> None:
        """Send a mail to everybody in ``EMAIL_ADMINS``, the site's contact unless set; see :func:`send_email`."""
        config = settings.CONFIG
        admins = config.email.admins or (config.site.contact,)
        send_email(f"[{config.site.title}] {subject}", text, admins, **options)


def deliver(mail: Mail) -> None:
    """Hand ``mail`` to the mail server; raises :class:`EmailRefusedError` and ``OSError``."""
    try:
        mail.message().send()
    except SMTPRecipientsRefused as error:
        if all(code >= PERMANENT for code, _ in error.recipients.values()):
            raise EmailRefusedError(f"The mail server refused every recipient of {mail.subject!r}") from error
        raise
    except SMTPResponseException as error:
        if error.smtp_code >= PERMANENT:
            raise EmailRefusedError(f"The mail server refused {mail.subject!r}: {_answer(error)}") from error
        raise
    logger.info("email_sent", subject=mail.subject, recipients=len([*mail.to, *mail.cc, *mail.bcc]))


def _listed(addresses: Addresses) -> list[str]:
    return [addresses] if isinstance(addresses, str) else list(addresses)


def _rendered(template: str, context: Mapping[str, Any]) -> str | None:
    try:
        return render_to_string(template, context)
    except TemplateDoesNotExist as missing:
        # A template that this one includes is another matter.
        if missing.args[0] != template:
            raise
        return None


def _answer(error: SMTPResponseException) -> str:
    answer = error.smtp_error
    return f"{error.smtp_code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"
