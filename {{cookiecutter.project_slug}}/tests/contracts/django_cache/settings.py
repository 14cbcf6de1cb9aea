"""A project of Django's tests and nothing else: the application they call ``cache`` would clash with this project's."""

import os
from typing import Any, Final

SECRET_KEY: Final = "for these tests only"
USE_TZ: Final = True
ROOT_URLCONF: Final = "tests.contracts.django_cache.settings"
INSTALLED_APPS: Final = ["django.contrib.contenttypes", "django.contrib.auth", "cache"]
DATABASES: Final = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
TEMPLATES: Final = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
# Of the project's key nothing is known here; values are signed by this one.
TIERS: Final = os.environ["TIERS"].split(",")
TABLE: Final = "cache of tests"
urlpatterns: list[Any] = []

_TIERED: Final = {
    "BACKEND": "framework.cache.backend.TieredCache",
    "OPTIONS": {"TIERS": TIERS, "COHERENCE_FILE": os.environ["COHERENCE_FILE"]},
}


def caches(of_tests: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return ``CACHES``: those that Django's tests ask for, tiered, and the tiers."""
    return {
        **{alias: {**asked, **_TIERED} for alias, asked in of_tests.items()},
        "memory": {"BACKEND": "framework.cache.memory.MemoryCache"},
        "redis": {"BACKEND": "framework.cache.redis.RedisTier", "LOCATION": os.environ.get("REDIS_URL", "")},
        "database": {"BACKEND": "framework.cache.database.DatabaseTier", "LOCATION": TABLE},
    }


CACHES: Final = caches({"default": {}})
