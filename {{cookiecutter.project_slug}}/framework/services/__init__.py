"""Outside services, reached through tasks so that nothing is lost: e-mail and Telegram."""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .email import DjangoEmailService as DjangoEmailService
    from .email import send_email as send_email
    from .exceptions import EmailRefusedError as EmailRefusedError
    from .exceptions import TelegramBusyError as TelegramBusyError
    from .exceptions import TelegramError as TelegramError
    from .exceptions import TelegramRefusedError as TelegramRefusedError
    from .exceptions import TelegramUnconfiguredError as TelegramUnconfiguredError
    from .mail import Attachment as Attachment
    from .markup import escape_html as escape_html
    from .markup import escape_markdown as escape_markdown
    from .telegram import BotUser as BotUser
    from .telegram import DjangoTelegram as DjangoTelegram
