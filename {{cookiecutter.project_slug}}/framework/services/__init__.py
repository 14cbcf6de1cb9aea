"""Outside services, reached through tasks so that nothing is lost: e-mail and Telegram."""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .email import DjangoEmailService as DjangoEmailService, send_email as send_email
    from .exceptions import (
        EmailRefusedError as EmailRefusedError,
        TelegramBusyError as TelegramBusyError,
        TelegramError as TelegramError,
        TelegramRefusedError as TelegramRefusedError,
        TelegramUnconfiguredError as TelegramUnconfiguredError,
    )
    from .mail import Attachment as Attachment
    from .markup import escape_html as escape_html, escape_markdown as escape_markdown
    from .telegram import BotUser as BotUser, DjangoTelegram as DjangoTelegram
