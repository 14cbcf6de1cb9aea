"""What users wrote, made safe for the markup of a Telegram message."""

import html
import re
from typing import Literal

type ParseMode = Literal["HTML", "MarkdownV2"]

_MARKDOWN = re.compile(r"([_*\[\]()~`>#+\-=|{}.!\\])")


def escape_html(text: str) -> str:
    """Escape ``text`` for ``parse_mode="HTML"``."""
    return html.escape(text, quote=False)


def escape_markdown(text: str) -> str:
    """Escape ``text`` for ``parse_mode="MarkdownV2"``."""
    return _MARKDOWN.sub(r"\\\1", text)
