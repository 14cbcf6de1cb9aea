"""Secrets in log lines."""

import logging

import pytest

from framework.logs.redaction import HIDDEN, hide_secrets, without_secrets

logger = logging.getLogger(__name__)


@pytest.mark.parametrize(
    "name", ["password", "PASSWD", "db_password", "secret_key", "bot_token", "Authorization", "Set-Cookie", "apikey"]
)
def test_a_field_with_a_secret_name_is_hidden(name: str) -> None:
    assert hide_secrets(logger, "info", {"event": "x", name: "hunter2"}) == {"event": "x", name: HIDDEN}


def test_secrets_are_hidden_at_any_depth() -> None:
    line = {"event": "x", "request": {"headers": [{"cookie": "hunter2"}, "kept"], "path": "/"}}

    assert hide_secrets(logger, "info", line) == {
        "event": "x",
        "request": {"headers": [{"cookie": HIDDEN}, "kept"], "path": "/"},
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://user:hunter2@localhost/shop", f"postgres://user:{HIDDEN}@localhost/shop"),
        ("cannot reach redis://:hunter2@h:6379, giving up", f"cannot reach redis://:{HIDDEN}@h:6379, giving up"),
        ("amqp://u:hun@ter2@h/x", f"amqp://u:{HIDDEN}@h/x"),
        ("POST https://api.telegram.org/bot12345:AAHunter2_hunter2/sendMessage", None),
        ("http://localhost:8000/a@b", "http://localhost:8000/a@b"),
        ("at 12:30:15 by ada@example.com", "at 12:30:15 by ada@example.com"),
    ],
)
def test_passwords_in_addresses_and_bot_tokens_are_hidden(text: str, shown: str | None) -> None:
    result = without_secrets(text)

    assert "unter2" not in result
    assert result == (shown or f"POST https://api.telegram.org/bot{HIDDEN}/sendMessage")


def test_other_values_are_left_as_they_are() -> None:
    line = {"event": "order_placed", "order": 7, "total": 9.5, "paid": True, "note": None}

    assert hide_secrets(logger, "info", dict(line)) == line
