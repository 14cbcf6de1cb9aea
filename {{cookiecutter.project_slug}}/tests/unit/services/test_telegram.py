"""Telegram messages, against a server that speaks the Bot API."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from pydantic import SecretStr
from pytest_django import Settings

from framework.conf import TelegramConfig
from framework.services import (
    BotUser,
    DjangoTelegram,
    TelegramBusyError,
    TelegramError,
    TelegramRefusedError,
    TelegramUnconfiguredError,
)
from framework.tasks import MessageTooLargeError, run_tasks
from framework.tasks.models import Task, Throttle
from tests.bot_api import TOKEN, BotAPI

from .conftest import configure, free_port


def delivered() -> Task:
    """Run what was sent, whenever its moment is, and return the newest task that speaks to Telegram."""
    run_tasks()
    Task.objects.filter(attempts=0).update(available_at=timezone.now())
    run_tasks()
    return Task.objects.filter(actor="framework.services.deliver_telegram").latest("serial")


def test_a_message_reaches_the_chat(bot_api: BotAPI) -> None:
    sent = DjangoTelegram().send_message("<b>Paid</b>", now=True)

    assert sent == 1
    assert bot_api.paths == [f"/bot{TOKEN}/sendMessage"]
    assert bot_api.messages == [{"chat_id": "42", "text": "<b>Paid</b>", "parse_mode": "HTML"}]


def test_the_chat_and_the_markup_can_be_chosen(bot_api: BotAPI) -> None:
    DjangoTelegram().send_message("*Paid*", "-100", parse_mode="MarkdownV2", now=True)
    DjangoTelegram().send_message("a < b", parse_mode=None, now=True)

    assert bot_api.messages == [
        {"chat_id": "-100", "text": "*Paid*", "parse_mode": "MarkdownV2"},
        {"chat_id": "42", "text": "a < b"},
    ]


@pytest.mark.django_db
def test_a_file_is_sent_by_a_worker_under_its_name(bot_api: BotAPI, tmp_path: Path) -> None:
    invoice = tmp_path / "invoice.pdf"
    invoice.write_bytes(b"%PDF \x00\xff")

    DjangoTelegram().send_document(invoice, "Your <i>invoice</i>")
    invoice.unlink()
    task = delivered()

    assert task.state == "done"
    assert bot_api.paths == [f"/bot{TOKEN}/sendDocument"]
    assert bot_api.messages == [
        {
            "chat_id": "42",
            "caption": "Your <i>invoice</i>",
            "parse_mode": "HTML",
            "document": ("invoice.pdf", b"%PDF \x00\xff"),
        }
    ]


def test_a_picture_can_be_bytes_or_an_address(bot_api: BotAPI) -> None:
    assert DjangoTelegram().send_photo(b"\x89PNG", now=True) == 1
    assert DjangoTelegram().send_photo("https://example.com/cup.png", silent=True, parse_mode=None, now=True) == 2

    assert bot_api.messages == [
        {"chat_id": "42", "parse_mode": "HTML", "photo": ("photo", b"\x89PNG")},
        {"chat_id": "42", "disable_notification": True, "photo": "https://example.com/cup.png"},
    ]


def test_a_file_too_large_for_a_task_is_refused_at_once(bot_api: BotAPI) -> None:
    with pytest.raises(MessageTooLargeError, match=r"queue_telegram take .* bytes"):
        DjangoTelegram().send_document(bytes(1_000_000))


@pytest.mark.parametrize("kind", ["error", "warning", "success", "info"])
def test_a_notice_is_escaped_whole(bot_api: BotAPI, kind: str) -> None:
    send = getattr(DjangoTelegram(), f"send_{kind}")

    send("<class 'int'> & x", {"order": 7, "note": "<b>"}, now=True)

    [message] = bot_api.messages
    title, _, rest = message["text"].partition("\n")
    assert title == f"<b>{kind.capitalize()}</b>"
    assert rest == "&lt;class 'int'&gt; &amp; x\n<pre>order: 7\nnote: &lt;b&gt;</pre>"
    assert message.get("disable_notification", False) is (kind == "info")


def test_the_bot_says_who_it_is(bot_api: BotAPI) -> None:
    assert DjangoTelegram().get_me() == BotUser(id=7, username="shop_bot", name="Shop")


@pytest.mark.django_db
def test_a_message_is_sent_by_a_worker(bot_api: BotAPI) -> None:
    DjangoTelegram().send_message("Paid")

    assert bot_api.messages == []
    task = delivered()
    assert (task.state, task.queue) == ("done", "telegram")
    assert [message["text"] for message in bot_api.messages] == ["Paid"]


@pytest.mark.django_db
def test_a_message_of_a_rolled_back_transaction_is_never_sent(bot_api: BotAPI) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        DjangoTelegram().send_message("Paid")
        _ = 1 / 0

    run_tasks()

    assert bot_api.messages == []


@pytest.mark.django_db
def test_a_busy_bot_waits_as_long_as_telegram_asks_and_sends_once(bot_api: BotAPI) -> None:
    bot_api.answer(429, ok=False, description="Too Many Requests", parameters={"retry_after": 17})
    DjangoTelegram().send_message("Paid")

    before = timezone.now()
    task = delivered()
    asked = timedelta(seconds=17)
    assert task.state == "pending"
    assert before + asked <= task.available_at <= timezone.now() + asked

    Task.objects.update(available_at=timezone.now())
    [task] = run_tasks()
    assert (task.state, task.attempts, len(bot_api.messages)) == ("done", 2, 2)


@pytest.mark.django_db
def test_a_chat_gets_a_message_each_second_and_all_chats_thirty(bot_api: BotAPI) -> None:
    before = timezone.now()
    for chat in ["1", "1", "1", "2", "3"]:
        DjangoTelegram().send_message("Paid", chat)

    run_tasks()

    deliveries = Task.objects.filter(actor="framework.services.deliver_telegram")
    moments = {task.available_at: task.args[0]["parameters"]["chat_id"] for task in deliveries}
    of_one_chat = sorted(moment for moment, chat in moments.items() if chat == "1")
    assert len(moments) == 5
    assert all(moment >= before + timedelta(seconds=number) for number, moment in enumerate(of_one_chat))
    assert all(moment >= before + timedelta(seconds=number / 30) for number, moment in enumerate(sorted(moments)))
    # Who comes next waits for all of them.
    for key, seconds in (("telegram chat 1", 3.0), ("telegram", 5 / 30)):
        assert Throttle.objects.filter(actor=key, next_at__gte=before + timedelta(seconds=seconds)).exists()


@pytest.mark.django_db
def test_a_message_is_tried_again_when_telegram_fails(bot_api: BotAPI) -> None:
    bot_api.answer(502)
    DjangoTelegram().send_message("Paid")

    task = delivered()

    assert task.state == "pending"
    assert task.available_at >= task.created_at + timedelta(seconds=2.5)


@pytest.mark.django_db
def test_a_refused_message_is_not_tried_again(bot_api: BotAPI) -> None:
    bot_api.answer(400, ok=False, description="Bad Request: chat not found")
    DjangoTelegram().send_message("Paid")

    task = delivered()

    assert (task.state, task.attempts) == ("dead", 1)
    assert task.errors[0]["message"] == "Telegram refused the message: Bad Request: chat not found"


def test_each_answer_has_its_error(bot_api: BotAPI) -> None:
    bot_api.answer(429, ok=False, parameters={"retry_after": 3})
    with pytest.raises(TelegramBusyError, match="wait 3 s"):
        DjangoTelegram().send_message("x", now=True)

    bot_api.answer(401, ok=False, description="Unauthorized")
    with pytest.raises(TelegramRefusedError, match="refused the message: Unauthorized"):
        DjangoTelegram().send_message("x", now=True)

    bot_api.answers.append((503, b"<html>away</html>"))
    with pytest.raises(TelegramError, match="could not send the message: status 503"):
        DjangoTelegram().send_message("x", now=True)


@pytest.mark.django_db
def test_neither_errors_nor_log_lines_nor_rows_tell_the_token(
    settings: Settings, bot_api: BotAPI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    DjangoTelegram().send_message("sent")
    sent = delivered()
    away = f"http://127.0.0.1:{free_port()}"
    configure(settings, telegram=TelegramConfig(bot_token=SecretStr(TOKEN), chat_id="42", api_url=away))
    DjangoTelegram().send_message("not sent")
    failed = delivered()

    assert (sent.state, failed.state) == ("done", "pending")
    assert failed.errors[0]["message"] == "Telegram could not be reached: ConnectError"
    assert "unter2" not in f"{failed.errors} {failed.args} {failed.options} {sent.options}"
    assert "unter2" not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("now", [True, False])
def test_without_a_token_nothing_is_sent(settings: Settings, bot_api: BotAPI, now: bool) -> None:
    configure(settings, telegram=TelegramConfig(api_url=bot_api.url))
    telegram = DjangoTelegram()

    telegram.send_message("Paid", now=now)

    assert not telegram.is_configured
    assert (run_tasks(), bot_api.messages) == ([], [])


def test_without_a_token_an_error_names_the_variable_if_so_configured(settings: Settings) -> None:
    configure(settings, telegram=TelegramConfig(on_unconfigured="error"))

    with pytest.raises(TelegramUnconfiguredError, match="TELEGRAM_BOT_TOKEN is not set"):
        DjangoTelegram().send_message("Paid")


def test_without_a_chat_an_error_names_the_variable(settings: Settings) -> None:
    configure(settings, telegram=TelegramConfig(bot_token=SecretStr(TOKEN)))

    with pytest.raises(TelegramUnconfiguredError, match="TELEGRAM_CHAT_ID"):
        DjangoTelegram().send_message("Paid")


@pytest.mark.django_db
def test_a_task_carries_the_same_request_id_as_the_request(
    bot_api: BotAPI,
) -> None:
    from framework.logs import bound_context

    with bound_context(request_id="request-7"):
        DjangoTelegram().send_message("Paid")

    assert delivered().context["request_id"] == "request-7"
