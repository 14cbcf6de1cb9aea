"""The URL of a Redis server, or of sentinels, which know where its master is at the moment.

``redis+sentinel://user:password@one:26379,two:26379/mymaster/0`` names the sentinels, the service and the database;
``sentinel_username`` and ``sentinel_password`` in its query are for the sentinels themselves. See
https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from .urls import require_host, require_url

WITH_SENTINELS: Final = ("redis+sentinel", "rediss+sentinel")
SCHEMES: Final = ("redis", "rediss", "unix", *WITH_SENTINELS)
SENTINEL_PORT: Final = 26379
_PREFIX: Final = "sentinel_"
_OPTIONS: Final = frozenset({"sentinel_username", "sentinel_password"})


class SentinelURL(NamedTuple):
    """What a URL with sentinels says; ``redis`` is one for the server itself whose host means nothing."""

    sentinels: tuple[tuple[str, int], ...]
    service: str
    redis: str
    options: dict[str, str]


def require_redis_url(url: str) -> None:
    """Raise ``ValueError`` unless redis-py takes the URL as it is meant."""
    if url.partition("://")[0] in WITH_SENTINELS:
        split_sentinel_url(url)
        return
    parts = require_url(url, *SCHEMES)
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise ValueError("names no socket; write it like unix:///run/redis.sock")
    else:
        require_host(parts)
        number = parts.path.strip("/")
        # redis-py uses database 0 for anything it cannot read.
        if number and not number.isdecimal():
            raise ValueError("has a database number that is not a whole number")
    if parts.query:
        _require_options(url)


def _require_options(url: str) -> None:
    """Make a connection, without connecting, as the first request would."""
    from redis import ConnectionPool, RedisError

    try:
        ConnectionPool.from_url(url).make_connection()
    except TypeError as error:
        unknown = re.search(r"argument '(\w+)'", str(error))
        raise ValueError(
            f"has the parameter {unknown[1] if unknown else error}, which redis-py does not know"
        ) from None
    except (ValueError, RedisError) as error:
        raise ValueError(f"has a parameter that redis-py does not take ({error})") from None


def split_sentinel_url(url: str) -> SentinelURL:
    """Take a URL with sentinels apart; raises ``ValueError`` with what is wrong."""
    scheme, _, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    credentials, at, hosts = authority.rpartition("@")
    # Newer releases of urlsplit take one host, and refuse brackets anywhere else than around it.
    parts = urlsplit(f"//redis{rest.removeprefix(authority)}")
    service, _, database = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("names no service; write it like redis+sentinel://host:26379/mymaster/0")
    query = parse_qsl(parts.query, keep_blank_values=True)
    options = {name: value for name, value in query if name.startswith(_PREFIX)}
    if unknown := options.keys() - _OPTIONS:
        raise ValueError(f"has {min(unknown)}, which is neither {' nor '.join(sorted(_OPTIONS))}")
    scheme = scheme.partition("+")[0]
    others = urlencode([(name, value) for name, value in query if not name.startswith(_PREFIX)])
    server = f"{scheme}://{credentials}{at}redis/{database}{'?' if others else ''}{others}"
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    require_redis_url(server + fragment)
    return SentinelURL(
        sentinels=tuple(_address(require_url(f"{scheme}://{host}", scheme)) for host in hosts.split(",")),
        service=service,
        redis=server,
        options={name.removeprefix(_PREFIX): value for name, value in options.items()},
    )


def _address(parts: SplitResult) -> tuple[str, int]:
    require_host(parts)
    return parts.hostname or "", parts.port or SENTINEL_PORT
