"""By whom requests are counted.

A key is a function of the request. What it returns is hashed under a secret before it goes anywhere, so that neither
addresses nor API keys stand in Redis. ``None`` means that the limit does not concern the request.
"""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_bytes

type Key = Callable[[HttpRequest], str | None]

#: What one subscriber has of IPv6: counting single addresses would give each of them a limit of its own.
_IPV6_PREFIX: Final = 64
_SALT: Final = "framework.ratelimit"


def ip(request: HttpRequest) -> str | None:
    """Count by the client's address, of IPv6 by its /64 network; all clients without one count together."""
    return _network(vars(request).get("client_ip") or request.META.get("REMOTE_ADDR", ""))


# Clients come again.
@lru_cache(maxsize=4_096)
def _network(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return "ip:"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return f"ip:{address.ipv4_mapped}"
        return f"ip:{ip_network((address, _IPV6_PREFIX), strict=False)}"
    return f"ip:{address}"


def user(request: HttpRequest) -> str | None:
    """Count by the user; visitors who did not log in are not concerned."""
    who = request.user
    return f"user:{who.pk}" if who.is_authenticated else None


def user_or_ip(request: HttpRequest) -> str | None:
    """Count by the user, or by the address of visitors who did not log in."""
    return user(request) or ip(request)


def api_key(header: str = "Authorization") -> Key:
    """Return a key that counts by the content of ``header``, or by the address if it is not there."""

    def by_header(request: HttpRequest) -> str | None:
        sent = request.headers.get(header)
        return f"{header.lower()}:{sent}" if sent else ip(request)

    return by_header


def hashed(group: str, value: str) -> str:
    """Return the name under which ``value`` is counted in ``group``."""
    # Keyed, since there are few enough addresses to try them all.
    secret = force_bytes(value, errors="backslashreplace")
    return f"{group}:{salted_hmac(_SALT, secret, algorithm='sha256').hexdigest()[:32]}"
