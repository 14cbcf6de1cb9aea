"""The address of the client, believed only as far as the proxies are trusted."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .hooks import HookMiddleware

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network


class ClientIPMiddleware(HookMiddleware):
    """Sets ``request.client_ip``; ``TRUSTED_PROXIES`` names the networks whose ``X-Forwarded-For`` is believed.

    The header is walked from the right, where our own proxies wrote, and the first address that is no
    proxy of ours is the client. What stands further left anybody may have written.
    """

    before = ("framework.middleware.access_log.AccessLogMiddleware",)

    def enter(self, request: HttpRequest) -> HttpResponseBase | None:
        """Work out the address."""
        peer = request.META.get("REMOTE_ADDR", "")
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        vars(request)["client_ip"] = client_ip(peer, forwarded, settings.CONFIG.security.trusted_proxies)
        return None


def client_ip(peer: str, forwarded: str, trusted: tuple[str, ...]) -> str:
    """Return the client's address, or ``""`` if there is none that can be read.

    ``peer`` is the other end of the connection, ``forwarded`` the value of ``X-Forwarded-For``,
    ``trusted`` the networks of our own proxies.
    """
    if not forwarded:
        return _shown(peer)
    networks = _networks(trusted)
    address = _parse(peer)
    for hop in reversed(forwarded.split(",")):
        if address is None or not _within(address, networks):
            break
        farther = _parse(hop)
        if farther is None:
            break
        address = farther
    return str(address or "")


@lru_cache(maxsize=8)
def _networks(trusted: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(network, strict=False) for network in trusted)


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


# Clients come again.
@lru_cache(maxsize=4_096)
def _shown(peer: str) -> str:
    return str(_parse(peer) or "")


@lru_cache(maxsize=4_096)
def _parse(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
