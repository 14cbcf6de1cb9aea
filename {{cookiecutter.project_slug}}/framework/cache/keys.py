"""How a key is spelled that no server can be told as it is."""

from hashlib import blake2b
from typing import Final

#: As much of a key as says what it is about.
_SHOWN: Final = 60


def spelled(made: str) -> str:
    """Return ``made`` unless it holds NUL or half of a surrogate pair, which UTF-8 or PostgreSQL have no place for.

    Of such a key the readable beginning stays, and a hash of the whole (BLAKE2b, RFC 7693) stands behind it.
    """
    if "\0" not in made and made.isascii():
        return made
    try:
        made.encode()
    except UnicodeEncodeError:
        pass
    else:
        if "\0" not in made:
            return made
    shown = "".join(letter for letter in made[:_SHOWN] if letter.isalnum() or letter in ":.-_")
    return f"{shown}:{hashed(made)}"


def hashed(text: str) -> str:
    """Return a hash, in 32 letters, of a text that may be of any characters."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
