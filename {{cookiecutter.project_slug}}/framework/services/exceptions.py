"""What an outside service can answer.

ServiceError
└── TelegramError                   the Bot API refused, or could not be reached
    ├── TelegramUnconfiguredError   there is no bot token, or no chat
    └── TelegramBusyError           too many messages; says how long to wait
"""

from framework.errors import ServiceError


class TelegramError(ServiceError):
    """The Bot API refused a message."""


class TelegramUnconfiguredError(TelegramError):
    """``TELEGRAM_BOT_TOKEN`` or ``TELEGRAM_CHAT_ID`` is not set."""


class TelegramBusyError(TelegramError):
    """The Bot API asks to wait ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"Telegram asks to wait {retry_after} s")
