"""Receivers of models that could never fire are told by the system checks."""
# ruff: noqa: DJ008 - models of one test

import pytest
from django.apps.registry import Apps
from django.contrib.auth.models import Group
from django.db import models

from framework.signals import WatchedQuerySet, checks, on_bulk, on_create, on_delete, on_m2m

from . import shop


def problems() -> list[tuple[str | None, str]]:
    return [(problem.id, problem.msg) for problem in checks.check_receivers(None)]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Apps:
    """Return applications of their own, which the checks look through."""
    registry = Apps(["framework.signals"])
    monkeypatch.setattr(checks, "apps", registry)
    return registry


def test_a_manager_that_tells_nothing_of_bulk_operations_is_found() -> None:
    on_bulk(Group)(shop.note)

    assert problems() == [("signals.W001", "Bulk operations through auth.Group.objects reach no receiver.")]


def test_a_manager_with_a_watched_queryset_is_fine(registry: Apps) -> None:
    class Cup(models.Model):
        objects = WatchedQuerySet["Cup"].as_manager()

        class Meta:
            apps = registry
            app_label = "signals"

    on_bulk(Cup)(shop.note)

    assert problems() == []


def test_a_deletion_by_the_database_is_found(registry: Apps) -> None:
    class Shelf(models.Model):
        class Meta:
            apps = registry
            app_label = "signals"

    class Plate(models.Model):
        shelf = models.ForeignKey(Shelf, models.DB_CASCADE)

        class Meta:
            apps = registry
            app_label = "signals"

    on_delete(Plate)(shop.note_object)
    on_delete(Shelf)(shop.note_object)

    assert problems() == [
        ("signals.W002", "The database deletes rows of signals.Plate through shelf, and no receiver hears of it.")
    ]


def test_an_abstract_model_without_heirs_is_found(registry: Apps) -> None:
    class Vessel(models.Model):
        class Meta:
            apps = registry
            app_label = "signals"
            abstract = True

    on_create(Vessel)(shop.note_object)

    [(code, message)] = problems()
    assert code == "signals.W003"
    assert message.startswith("tests.unit.signals.shop.note_object listens to ")


def test_a_field_that_links_nothing_is_found() -> None:
    on_m2m(Group, "name")(shop.note_links)

    assert problems() == [
        ("signals.E006", "tests.unit.signals.shop.note_links watches auth.Group.name, which is no many-to-many field.")
    ]
