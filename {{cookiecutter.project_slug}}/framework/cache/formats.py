"""How values are written in a shared tier, so that what somebody else wrote there is never run.

A pickle is a program. It is sealed by a keyed BLAKE2b hash (RFC 7693) under a key derived from ``SECRET_KEY``, and
opened only if the seal is right; ``SECRET_KEY_FALLBACKS`` open what earlier keys sealed. JSON runs nothing, needs no
seal and can be read by other programs.

A sealed value is one byte of flags, sixteen of hash, and the pickle, compressed if that made it smaller.
"""

import json
import pickle
import zlib
from functools import cache
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, Final, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .exceptions import UnreadableValueError

#: Smaller pickles stay as they are, in bytes.
COMPRESS_FROM: Final = 4096
FORMATS: Final = ("pickle", "json")

_SEALED: Final = 0x10
_COMPRESSED: Final = 0x01
_SEAL_BYTES: Final = 16
_HEADER_BYTES: Final = 1 + _SEAL_BYTES
_FASTEST: Final = 1


class Format(Protocol):
    """Values to bytes and back."""

    def dumps(self, value: Any) -> bytes:
        """Return the bytes of ``value``; raises what the library behind it raises."""
        ...

    def loads(self, data: bytes) -> Any:
        """Return a value; raises :class:`UnreadableValueError`."""
        ...


class SealedPickle:
    """Anything that can be pickled, readable by who has the key only."""

    def __init__(self, *, compress_from: int = COMPRESS_FROM) -> None:
        self._compress_from = compress_from
        self._keys = _derived((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))

    def dumps(self, value: Any) -> bytes:
        """Return the sealed pickle."""
        data, flags = pickle.dumps(value, pickle.HIGHEST_PROTOCOL), _SEALED
        if len(data) >= self._compress_from and len(smaller := zlib.compress(data, _FASTEST)) < len(data):
            data, flags = smaller, _SEALED | _COMPRESSED
        head = bytes((flags,))
        return head + _seal(self._keys[0], head, data) + data

    def loads(self, data: bytes) -> Any:
        """Return what was sealed."""
        head, seal, body = data[:1], data[1:_HEADER_BYTES], data[_HEADER_BYTES:]
        if head not in _HEADS or not self._is_ours(head, seal, body):
            raise UnreadableValueError("the value does not carry this project's seal")
        try:
            return pickle.loads(zlib.decompress(body) if head == _HEADS[1] else body)  # noqa: S301 - it is ours
        except Exception as error:
            # Its class may have moved, or refuse an older state: to a cache that is a miss.
            raise UnreadableValueError(f"the value cannot be unpickled any more: {error}") from error

    def _is_ours(self, head: bytes, seal: bytes, body: bytes) -> bool:
        newest, *earlier = self._keys
        return compare_digest(seal, _seal(newest, head, body)) or any(
            compare_digest(seal, _seal(key, head, body)) for key in earlier
        )


class Json:
    """Numbers, strings, booleans, ``None``, lists and dictionaries with strings as keys."""

    def dumps(self, value: Any) -> bytes:
        """Return compact JSON; raises ``TypeError`` for what JSON does not have."""
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

    def loads(self, data: bytes) -> Any:
        """Return the value; tuples have become lists."""
        try:
            return json.loads(data)
        except ValueError as error:
            raise UnreadableValueError(f"the value is no JSON: {error}") from error


_HEADS: Final = (bytes((_SEALED,)), bytes((_SEALED | _COMPRESSED,)))


def format_of(options: dict[str, Any]) -> Format:
    """Return the format that a tier's ``OPTIONS`` name: ``FORMAT``, and ``COMPRESS_FROM`` in bytes for pickles."""
    name = options.get("FORMAT", "pickle")
    if name not in FORMATS:
        raise ImproperlyConfigured(f"the FORMAT of a cache tier is {name!r}; it can be {' or '.join(FORMATS)}")
    return Json() if name == "json" else SealedPickle(compress_from=int(options.get("COMPRESS_FROM", COMPRESS_FROM)))


@cache
def _derived(secrets: tuple[str | bytes, ...]) -> "tuple[blake2b, ...]":
    """Return a hash that has taken in its key, for each of ``secrets``."""
    found = []
    for secret in secrets:
        data = secret.encode() if isinstance(secret, str) else secret
        found.append(blake2b(key=blake2b(data, person=b"cache values").digest(), digest_size=_SEAL_BYTES))
    return tuple(found)


def _seal(keyed: blake2b, head: bytes, body: bytes) -> bytes:
    # A copy of a hash that has its key costs half of a new one.
    seal = keyed.copy()
    seal.update(head)
    seal.update(body)
    return seal.digest()
