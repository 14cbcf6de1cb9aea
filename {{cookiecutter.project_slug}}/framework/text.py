"""Text that every store takes: PostgreSQL holds no NUL, and no encoding has half of a surrogate pair."""

from typing import Final

_LEFT_OUT: Final = " ... {:,} characters left out ... "


def told(value: object) -> str:
    """Return ``str(value)``, also where that raises."""
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - whatever somebody's __str__ does
        return f"<a {type(value).__name__} that cannot be told: {type(error).__name__}>"


def plain(text: str, most: int) -> str:
    """Return ``text`` with what cannot be stored written as an escape, and no longer than ``most`` characters.

    What is too long keeps its beginning and, in most of its length, its end: a traceback tells there what went wrong.
    """
    clean = text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
    if len(clean) <= most:
        return clean
    note = _LEFT_OUT.format(len(clean) - most)
    head = most // 4
    return clean[:head] + note + clean[len(clean) - most + head + len(note) :]
