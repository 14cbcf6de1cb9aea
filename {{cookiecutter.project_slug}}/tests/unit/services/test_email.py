"""Mails, against a server that speaks SMTP."""

import re
from dataclasses import replace
from pathlib import Path

import dramatiq
import pytest
from django.db import transaction
from django.template import TemplateDoesNotExist
from pydantic import SecretStr
from pytest_django import Settings

from framework.conf import EmailConfig
from framework.services import Attachment, DjangoEmailService, EmailRefusedError, send_email
from framework.tasks import MessageTooLargeError, run_tasks

from .conftest import MailServer, configure, free_port

# Two braces side by side would be the template engine's that renders this project.
VARIABLE = "{" + "{ number }" + "}"


def test_a_mail_has_a_text_and_an_html_part(mail_server: MailServer) -> None:
    send_email("Grüße", "Hallo", "ada@example.com", html="<p>Hallo</p>", sender="shop@example.com", now=True)

    [mail] = mail_server.mails
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert (mail["Subject"], mail["To"], mail["From"]) == ("Grüße", "ada@example.com", "shop@example.com")
    assert text is not None
    assert html is not None
    assert (text.get_content().strip(), html.get_content().strip()) == ("Hallo", "<p>Hallo</p>")


def test_the_sender_is_the_configured_one(mail_server: MailServer) -> None:
    send_email("Hello", "text", ["ada@example.com", "bob@example.com"], now=True)

    assert mail_server.mails[0]["From"] == "noreply@shop.example.com"
    assert mail_server.recipients == ["ada@example.com", "bob@example.com"]


@pytest.mark.django_db
def test_files_copies_and_answers_travel_through_the_task(mail_server: MailServer, tmp_path: Path) -> None:
    invoice = tmp_path / "Rechnung für Ada.pdf"
    invoice.write_bytes(b"%PDF \x00\xff")
    files = [Attachment.of(invoice), Attachment.of(b"a,b\n", "list.csv")]

    send_email(
        "Hello",
        "text",
        "ada@example.com",
        cc="bob@example.com",
        bcc=["eve@example.com"],
        reply_to="shop@example.com",
        attachments=files,
    )
    invoice.unlink()
    run_tasks()

    [mail] = mail_server.mails
    assert (mail["Cc"], mail["Bcc"], mail["Reply-To"]) == ("bob@example.com", None, "shop@example.com")
    assert mail_server.recipients == ["ada@example.com", "bob@example.com", "eve@example.com"]
    parts = list(mail.iter_attachments())
    received = [(part.get_filename(), part.get_content_type(), part.get_payload(decode=True)) for part in parts]
    assert received[0] == ("Rechnung für Ada.pdf", "application/pdf", b"%PDF \x00\xff")
    assert received[1][:2] == ("list.csv", "text/csv")


def test_more_than_a_task_carries_is_refused_at_once(mail_server: MailServer) -> None:
    with pytest.raises(MessageTooLargeError, match="deliver_email take"):
        send_email("Hello", "text", "ada@example.com", attachments=[Attachment.of(bytes(1_000_000), "film.mp4")])


@pytest.fixture
def templates(tmp_path: Path, settings: Settings) -> Path:
    """Return a folder that templates are found in."""
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path]}]
    (tmp_path / "paid.subject.txt").write_text(f"Order {VARIABLE}\nis paid\n", encoding="utf-8")
    return tmp_path


def test_a_template_gives_subject_text_and_html(mail_server: MailServer, templates: Path) -> None:
    (templates / "paid.txt").write_text("Thank you.", encoding="utf-8")
    (templates / "paid.html").write_text("<p>Thank <b>you</b>.</p>", encoding="utf-8")

    DjangoEmailService().send_template("paid", {"number": 7}, "ada@example.com", now=True)

    [mail] = mail_server.mails
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert mail["Subject"] == "Order 7 is paid"
    assert text is not None
    assert html is not None
    assert (text.get_content().strip(), html.get_content().strip()) == ("Thank you.", "<p>Thank <b>you</b>.</p>")


def test_a_template_of_html_alone_gets_a_text(mail_server: MailServer, templates: Path) -> None:
    (templates / "paid.html").write_text("<p>Thank <b>you</b>.</p>", encoding="utf-8")

    DjangoEmailService().send_template("paid", {"number": 7}, "ada@example.com", now=True)

    text = mail_server.mails[0].get_body(("plain",))
    assert text is not None
    assert text.get_content().strip() == "Thank you."


def test_a_template_without_a_body_is_told(templates: Path) -> None:
    with pytest.raises(TemplateDoesNotExist, match=r"paid.txt or paid.html"):
        DjangoEmailService().send_template("paid", {"number": 7}, "ada@example.com")


def test_admins_are_told_under_the_name_of_the_site(settings: Settings, mail_server: MailServer) -> None:
    configure(settings, site=replace(settings.CONFIG.site, title="Shop", contact="owner@example.com"))
    DjangoEmailService().send_to_admins("Disk full", "text", now=True)
    configure(settings, email=settings.CONFIG.email.model_copy(update={"admins": ("ada@example.com",)}))
    DjangoEmailService().send_to_admins("Disk full", "text", now=True)

    assert [mail["Subject"] for mail in mail_server.mails] == ["[Shop] Disk full"] * 2
    assert mail_server.recipients == ["owner@example.com", "ada@example.com"]


@pytest.mark.django_db
def test_a_mail_is_sent_by_a_worker_under_the_tasks_id(mail_server: MailServer) -> None:
    send_email("Hello", "text", "ada@example.com")

    assert mail_server.mails == []
    [task] = run_tasks()
    [mail] = mail_server.mails
    assert (task.state, task.queue) == ("done", "mail")
    assert re.fullmatch(rf"<{task.id}\.[0-9a-f]+@shop\.example\.com>", mail["Message-ID"])


@pytest.mark.django_db
def test_each_mail_of_a_task_has_an_id_of_its_own_and_keeps_it_when_the_task_runs_again(
    mail_server: MailServer, broker: dramatiq.Broker
) -> None:
    attempts: list[int] = []

    @dramatiq.actor(broker=broker, max_retries=1, min_backoff=1, max_backoff=1)
    def remind() -> None:
        for name in ("ada", "bob"):
            send_email("Hello", "text", f"{name}@example.com", now=True)
        attempts.append(1)
        if len(attempts) == 1:
            raise RuntimeError("after the hand-over")

    remind.send()
    while len(attempts) < 2:
        run_tasks()

    ids = [mail["Message-ID"] for mail in mail_server.mails]
    assert len(ids) == 4
    assert ids[:2] == ids[2:]
    assert ids[0] != ids[1]


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
        send_email("Hello", "text", "nobody@example.com", now=True)


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
