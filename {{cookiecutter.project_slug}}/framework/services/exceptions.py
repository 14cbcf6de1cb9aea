"""What an outside service can answer.

ServiceError
├── TelegramError                   a message was not sent
│   ├── TelegramUnconfiguredError   there is no bot token, or no chat
│   ├── TelegramRefusedError        the Bot API will never take this message
│   └── TelegramBusyError           too many messages; says how long to wait
└── EmailRefusedError               the mail server will never take this mail
"""

from framework.errors import ServiceError


class TelegramError(ServiceError):
    """A message was not sent; it may go through later."""


class TelegramUnconfiguredError(TelegramError):
    """``TELEGRAM_BOT_TOKEN`` or ``TELEGRAM_CHAT_ID`` is not set."""


class TelegramRefusedError(TelegramError):
    """The Bot API does not take the message: a wrong token, chat or markup. Trying again is of no use."""


class TelegramBusyError(TelegramError):
    """The Bot API asks to wait ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"Telegram asks to wait {retry_after} s")


class EmailRefusedError(ServiceError):
    """The mail server does not take the mail. Trying again is of no use."""
