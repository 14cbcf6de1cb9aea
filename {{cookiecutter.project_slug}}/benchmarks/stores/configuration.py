"""Every cache of the comparison, configured for one process and its children."""

from pathlib import Path
from typing import Any, Final

from tests.unit.cache.configurations import tiered

PACKAGES: Final = (
    "cachebox==6.*",
    "cachetools==8.*",
    "cashews[redis]==7.6.*",
    "django-cacheops==7.2.*",
    "dogpile.cache==1.5.*",
)
#: The value of most figures.
SMALL: Final = {"id": 7, "name": "Ada", "tags": ["a", "b"], "active": True}
TEXT: Final = "x" * 10_240
STRUCTURE: Final = {"rows": [{"id": number, "name": f"row {number}", "price": 1.5} for number in range(260)]}


def caches(folder: Path, url: str) -> dict[str, dict[str, Any]]:
    """Return ``CACHES``: ours over each set of tiers, and Django's and django-redis' own."""
    server = url.removesuffix("/0")
    near_redis = tiered(["memory", "redis"], folder, redis_url=url, redis_timeout=0.1)
    peers = {
        "locmem": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "peer"},
        "django-redis": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"{server}/1"},
        "django": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"{server}/2"},
        "django-database": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache_entry",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        },
    }
    return {
        **near_redis,
        "near-redis": near_redis["default"],
        "near-database": tiered(["memory", "database"], folder)["default"],
        "far-redis": tiered(["redis"], folder)["default"],
        "far-database": tiered(["database"], folder)["default"],
        **peers,
    }


def configure(folder: Path, url: str, *, with_peers: bool = False) -> None:
    """Set Django up with these caches, a database of its own, and the peers that are applications."""
    import django
    from django.conf import settings

    settings.CACHES = caches(folder, url)
    settings.DATABASES["default"]["NAME"] = str(folder / "benchmark.sqlite3")
    if with_peers:
        settings.CACHEOPS_REDIS = f"{url.removesuffix('/0')}/7"
        settings.CACHEOPS = {"auth.*": {"ops": (), "timeout": 3600}}
        settings.INSTALLED_APPS = ["cacheops", *settings.INSTALLED_APPS]
    django.setup()
