"""Wrong tiers are told before the first request."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from framework.cache.checks import check_tiers

from .configurations import tiered


def test_the_projects_own_tiers_are_right() -> None:
    assert check_tiers(None) == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"TIERS": ["memory", "nowhere"]}, ["cache.E001"]),
        ({"TIERS": []}, ["cache.E002"]),
        ({}, ["cache.E002"]),
        ({"TIERS": ["memory", "default"]}, ["cache.E002"]),
        ({"TIERS": ["database", "memory"]}, ["cache.E003"]),
        ({"TIERS": ["memory", "database", "database"]}, ["cache.E004"]),
        ({"TIERS": ["memory", "database"], "NEAR_TIMEOT": 1}, ["cache.W001"]),
        ({"TIERS": ["memory"]}, []),
    ],
)
def test_each_mistake_has_its_message(
    settings: Settings, tmp_path: Path, options: dict[str, Any], expected: list[str]
) -> None:
    configuration = tiered(["memory", "database"], tmp_path)
    configuration["default"]["OPTIONS"] = options
    settings.CACHES = configuration

    assert [message.id for message in check_tiers(None)] == expected


def test_a_tier_that_takes_part_in_transactions_is_refused(settings: Settings, tmp_path: Path) -> None:
    configuration = tiered(["memory", "database"], tmp_path)
    configuration["database"]["BACKEND"] = "django.core.cache.backends.db.DatabaseCache"
    settings.CACHES = configuration

    [message] = check_tiers(None)
    assert message.id == "cache.E005"
    assert message.hint == "Let its BACKEND be 'framework.cache.database.DatabaseTier'."


def test_a_tiered_cache_without_tiers_says_what_it_needs(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "framework.cache.backend.TieredCache"}}

    with pytest.raises(ImproperlyConfigured, match="nearest first"):
        caches["default"].get("key")
