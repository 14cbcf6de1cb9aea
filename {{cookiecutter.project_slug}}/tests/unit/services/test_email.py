"""Mails, against a server that speaks SMTP."""

import pytest
from django.db import transaction
from pydantic import SecretStr
from pytest_django import Settings

from framework.conf import EmailConfig
from framework.services import EmailRefusedError, send_email, send_email_now
from framework.tasks import run_tasks

from .conftest import MailServer, free_port


def test_a_mail_has_a_text_and_an_html_part(mail_server: MailServer) -> None:
    send_email_now("Grüße", "Hallo", "ada@example.com", html="<p>Hallo</p>", sender="shop@example.com")

    [mail] = mail_server.mails
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert (mail["Subject"], mail["To"], mail["From"]) == ("Grüße", "ada@example.com", "shop@example.com")
    assert text is not None
    assert html is not None
    assert (text.get_content().strip(), html.get_content().strip()) == ("Hallo", "<p>Hallo</p>")


def test_the_sender_is_the_configured_one(mail_server: MailServer) -> None:
    send_email_now("Hello", "text", ["ada@example.com", "bob@example.com"])

    assert mail_server.mails[0]["From"] == "noreply@shop.example.com"
    assert mail_server.recipients == ["ada@example.com", "bob@example.com"]


@pytest.mark.django_db
def test_a_mail_is_sent_by_a_worker_under_the_tasks_id(mail_server: MailServer) -> None:
    send_email("Hello", "text", "ada@example.com")

    assert mail_server.mails == []
    [task] = run_tasks()
    [mail] = mail_server.mails
    assert (task.state, task.queue) == ("done", "mail")
    assert mail["Message-ID"] == f"<{task.id}@shop.example.com>"


@pytest.mark.django_db
def test_a_mail_of_a_rolled_back_transaction_is_never_sent(mail_server: MailServer) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        send_email("Hello", "text", "ada@example.com")
        _ = 1 / 0

    run_tasks()

    assert mail_server.mails == []


@pytest.mark.django_db
def test_a_mail_is_tried_again_when_the_server_is_away(settings: Settings) -> None:
    away = EmailConfig(url=SecretStr(f"smtp://127.0.0.1:{free_port()}"))
    settings.MAILERS = {"default": away.mailer(settings.CONFIG.state_dir)}
    send_email("Hello", "text", "ada@example.com")

    [task] = run_tasks()

    assert (task.state, task.attempts) == ("pending", 1)


@pytest.mark.django_db
def test_a_mail_is_tried_again_when_the_server_says_later(mail_server: MailServer) -> None:
    mail_server.refusals.append("451 Try again later")
    send_email("Hello", "text", "ada@example.com")

    [task] = run_tasks()

    assert task.state == "pending"


@pytest.mark.django_db
def test_a_refused_mail_is_not_tried_again(mail_server: MailServer) -> None:
    mail_server.refusals.append("550 No such user")
    send_email("Hello", "text", "nobody@example.com")

    [task] = run_tasks()

    assert (task.state, task.attempts) == ("dead", 1)
    assert task.errors[0]["message"] == "The mail server refused every recipient of 'Hello'"


def test_a_refusal_has_its_error(mail_server: MailServer) -> None:
    mail_server.refusals.append("550 No such user")

    with pytest.raises(EmailRefusedError, match="refused every recipient of 'Hello'"):
        send_email_now("Hello", "text", "nobody@example.com")


@pytest.mark.django_db
def test_an_address_that_cannot_be_written_is_not_tried_again(mail_server: MailServer) -> None:
    send_email("Hello", "text", "a.b <c> d@example.com")

    [task] = run_tasks()

    assert (task.state, task.attempts) == ("dead", 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("subject", "to", "reason"),
    [
        ("Hello\nBcc: all@example.com", "ada@example.com", "linefeed"),
        ("Hello", "ada@example.com\nBcc: all@example.com", "linefeed"),
        ("Hello", "", "needs a recipient"),
        ("Hello", [], "needs a recipient"),
    ],
)
def test_a_wrong_mail_is_refused_where_it_is_sent(subject: str, to: str | list[str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        send_email(subject, "text", to)

    assert run_tasks() == []
