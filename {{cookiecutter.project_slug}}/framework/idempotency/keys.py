"""What a key is, whose it is, and what it was sent with."""

import hashlib
import re
from typing import Final

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_bytes

HEADER: Final = "Idempotency-Key"
UNSAFE_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# A string of RFC 9651, whose quotes many clients leave out.
_FORM: Final = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255})')
_SALT: Final = "framework.idempotency"


def key_of(request: HttpRequest) -> str | None:
    """Return the key of ``request``, or ``None`` without one; raises ``ValueError`` for one that cannot be read."""
    if request.method not in UNSAFE_METHODS or (sent := request.headers.get(HEADER)) is None:
        return None
    match = _FORM.fullmatch(sent.strip())
    if match is None:
        raise ValueError(f"{HEADER} must be 1 to 255 visible ASCII characters.")
    return match[1] or match[2]


def owner_of(request: HttpRequest) -> str:
    """Return whose keys those of ``request`` are: the user's, the API client's, or those of an address."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return _hashed(f"user:{user.pk}")
    if sent := request.headers.get("Authorization"):
        return _hashed(f"authorization:{sent}")
    return _hashed(f"ip:{vars(request).get('client_ip') or request.META.get('REMOTE_ADDR', '')}")


def name_of(owner: str, key: str) -> str:
    """Return the name under which ``key`` of ``owner`` is kept."""
    return _hashed(f"{owner}:{key}")


def fingerprint_of(request: HttpRequest) -> str:
    """Return what tells one request from another; of a body too long for memory only its length."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n{request.content_type}\n".encode())
    try:
        digest.update(request.body)
    except RequestDataTooBig:
        digest.update(request.META.get("CONTENT_LENGTH", "").encode())
    return digest.hexdigest()


def _hashed(text: str) -> str:
    # Keyed, so that the table tells nobody who sent what.
    return salted_hmac(_SALT, force_bytes(text, errors="backslashreplace"), algorithm="sha256").hexdigest()
