"""Addresses of servers, checked before anything connects to them; no message repeats the address."""

from urllib.parse import SplitResult, urlsplit

_ENCODE = "write special characters of its user name or credentials percent-encoded, like %40 for @ and %23 for #"


def require_url(url: str, *schemes: str) -> SplitResult:
    """Split ``url``; raises ``ValueError`` with what is wrong unless it has one of ``schemes`` and a readable port."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in schemes:
        starts = [f"{name}://" for name in schemes]
        raise ValueError(
            f"is not a URL that starts with {' or '.join(filter(None, [', '.join(starts[:-1]), starts[-1]]))}"
        )
    if any(character.isspace() for character in url):
        raise ValueError("holds a space or a line break")
    host = rest.partition("/")[0].rpartition("@")[2]
    if host.count(":") > 1 and not host.startswith("["):
        raise ValueError("has an IPv6 address without its brackets; write it like [::1]")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"has a host or a port that cannot be read; {_ENCODE}") from None
    if port == 0:
        raise ValueError("has port 0, which no server listens on")
    if parts.fragment or "@" in parts.path + parts.query:
        raise ValueError(f"cannot be read; {_ENCODE}")
    return parts


def require_host(parts: SplitResult) -> None:
    """Raise ``ValueError`` unless the URL names a host."""
    if not parts.hostname:
        raise ValueError("names no host")
