"""Outside services, sent through tasks so that nothing is lost: e-mail and Telegram."""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .email import send_email as send_email
    from .exceptions import TelegramError as TelegramError
    from .exceptions import TelegramUnconfiguredError as TelegramUnconfiguredError
    from .telegram import DjangoTelegram as DjangoTelegram
    from .telegram import escape_html as escape_html
