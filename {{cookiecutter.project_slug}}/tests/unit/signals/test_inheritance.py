"""Receivers of a model that has proxies and children."""

from collections.abc import Iterator

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from framework.signals import lifecycle, on_change, on_create, on_delete
from framework.signals.model_receivers import replace_model_receivers

from . import shop
from .shop import seen

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def animals(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[type[models.Model]]]:
    """Return a model, its proxy and its child, with their tables."""
    with isolate_apps("framework.signals") as registry:

        class Animal(models.Model):
            name = models.CharField(max_length=20)

            class Meta:
                app_label = "signals"

            def __str__(self) -> str:
                return self.name

        class Pet(Animal):
            class Meta:
                app_label = "signals"
                proxy = True

        class Dog(Animal):
            class Meta:
                app_label = "signals"

        monkeypatch.setattr(lifecycle, "apps", registry)
        with connection.schema_editor() as editor:
            editor.create_model(Animal)
            editor.create_model(Dog)
        yield [Animal, Pet, Dog]
        with connection.schema_editor() as editor:
            editor.delete_model(Dog)
            editor.delete_model(Animal)


def test_a_receiver_of_the_parent_hears_of_proxies_and_children_once(animals: list[type[models.Model]]) -> None:
    on_create(animals[0])(shop.note_object)

    keys = [model._default_manager.create(name="Rex").pk for model in animals]

    assert seen == list(zip(["Animal", "Pet", "Dog"], keys, strict=True))


def test_a_change_of_an_inherited_field_is_seen_on_proxies_and_children(animals: list[type[models.Model]]) -> None:
    on_change(animals[0], "name")(shop.note_change)

    for model in animals:
        key = model._default_manager.create(name="Rex").pk
        loaded = model._default_manager.get(pk=key)
        vars(loaded)["name"] = model.__name__
        loaded.save()

    assert seen == [("Rex", "Animal"), ("Rex", "Pet"), ("Rex", "Dog")]


def test_a_deleted_child_is_told_once_to_a_receiver_of_its_parent(animals: list[type[models.Model]]) -> None:
    animal, _, dog = animals
    on_delete(animal)(shop.note_object)
    key = dog._default_manager.create(name="Rex").pk

    dog._default_manager.get(pk=key).delete()

    assert seen == [("Animal", key)]


def test_watching_ends_for_parents_and_children_alike(animals: list[type[models.Model]]) -> None:
    for model in animals:
        on_change(model, "name")(shop.note_change)

    replace_model_receivers(())

    assert not [model for model in animals if {"from_db", "refresh_from_db"} & set(vars(model))]
