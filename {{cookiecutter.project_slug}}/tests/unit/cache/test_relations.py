"""What changes the rows of a model, besides a save of it."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from framework.cache import cached, dependencies, relations
from framework.signals import lifecycle, model_receivers

pytestmark = pytest.mark.usefixtures("database_cache", "watching")


def declare() -> list[type[models.Model]]:
    class Listed(models.Model):
        name = models.CharField(max_length=20)

        class Meta:
            app_label = "signals"
            abstract = True

        def __str__(self) -> str:
            return self.name

    class Owner(Listed):
        pass

    class City(Listed):
        pass

    class Street(Listed):
        city = models.ForeignKey(City, models.DB_CASCADE)

    class House(Listed):
        street = models.ForeignKey(Street, models.DB_CASCADE)

    class Sign(Listed):
        street = models.ForeignKey(Street, models.DB_SET_NULL, null=True)

    class Place(Listed):
        owner = models.ForeignKey(Owner, models.SET_NULL, null=True)
        builder = models.ForeignKey(Owner, models.DB_SET_NULL, null=True, related_name="built")

    class Cafe(Place):
        tables = models.IntegerField(default=1)

    class Bar(Cafe):
        class Meta:
            app_label = "signals"
            proxy = True

    class Guest(Listed):
        cafes = models.ManyToManyField(Cafe)

    return [Owner, City, Street, House, Sign, Place, Cafe, Bar, Guest]


@pytest.fixture
def shop(watching: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The models by name, with their tables, and a row of each."""
    with isolate_apps("framework.signals") as registry:
        assert registry is not None
        found: list[Any] = declare()
        for module in (lifecycle, model_receivers, dependencies, relations):
            monkeypatch.setattr(module, "apps", registry)
        tables = [model for model in found if not model._meta.proxy]
        with connection.schema_editor() as editor:
            for model in tables:
                editor.create_model(model)
        named = {model.__name__: model for model in found}
        yield SimpleNamespace(**named, Guest_cafes=found[-1].cafes.through, **rows(*found))
        with connection.schema_editor() as editor:
            for model in reversed(tables):
                editor.delete_model(model)


def rows(
    owner: Any, city: Any, street: Any, house: Any, sign: Any, place: Any, cafe: Any, bar: Any, guest: Any
) -> dict[str, Any]:
    anna = owner.objects.create(name="Anna")
    rome = city.objects.create(name="Rome")
    via = street.objects.create(name="Via", city=rome)
    house.objects.create(name="First", street=via)
    sign.objects.create(name="Left", street=via)
    one = cafe.objects.create(name="One", owner=anna, builder=anna)
    other = cafe.objects.create(name="Other")
    bea = guest.objects.create(name="Bea")
    bea.cafes.add(one)
    return {"anna": anna, "rome": rome, "via": via, "one": one, "other": other, "bea": bea}


def reload(model: Any, row: Any) -> Any:
    return model.objects.get(pk=row.pk)


def renamed(row: Any) -> None:
    row.name = "New"
    row.save()


def loaded(row: Any) -> None:
    """Do what loaddata does."""
    row.save_base(raw=True)


#: Which model a result depends on, and what changes what it reads.
CHANGES: dict[str, tuple[str, Callable[[Any], object]]] = {
    "a save of the concrete model, the proxy watched": ("Bar", lambda s: renamed(s.one)),
    "a save of the proxy, the concrete model watched": ("Cafe", lambda s: renamed(reload(s.Bar, s.one))),
    "a save of the parent's row": ("Cafe", lambda s: renamed(reload(s.Place, s.one))),
    "a save of the parent's row, the proxy watched": ("Bar", lambda s: renamed(reload(s.Place, s.one))),
    "a save of the child, the parent watched": ("Place", lambda s: renamed(s.one)),
    "a delete of the parent's row": ("Cafe", lambda s: reload(s.Place, s.one).delete()),
    "SET_NULL": ("Place", lambda s: s.anna.delete()),
    "SET_NULL of a parent's column": ("Cafe", lambda s: s.Owner.objects.all().delete()),
    "DB_CASCADE": ("Street", lambda s: s.rome.delete()),
    "DB_CASCADE over another table": ("House", lambda s: s.rome.delete()),
    "DB_SET_NULL behind a DB_CASCADE": ("Sign", lambda s: s.rome.delete()),
    "a new link": ("Guest", lambda s: s.bea.cafes.add(s.other)),
    "a new link from the far end": ("Guest", lambda s: s.other.guest_set.add(s.bea)),
    "a new link, the far end watched": ("Cafe", lambda s: s.bea.cafes.add(s.other)),
    "clear()": ("Guest", lambda s: s.bea.cafes.clear()),
    "clear() from the far end": ("Guest", lambda s: s.one.guest_set.clear()),
    "clear(), the far end watched": ("Cafe", lambda s: s.bea.cafes.clear()),
    "the far end of a link deleted": ("Guest", lambda s: s.one.delete()),
    "the near end of a link deleted, the far one watched": ("Cafe", lambda s: s.bea.delete()),
    "a link, its table watched": ("Guest_cafes", lambda s: s.bea.cafes.add(s.other)),
    "an end of a link deleted, its table watched": ("Guest_cafes", lambda s: s.bea.delete()),
    "a fixture": ("Owner", lambda s: loaded(s.anna)),
}


@pytest.mark.parametrize("is_of_rows", [False, True], ids=["all", "row"])
@pytest.mark.parametrize("change", CHANGES)
def test_it_is_seen(shop: SimpleNamespace, change: str, is_of_rows: bool) -> None:
    name, do = CHANGES[change]
    label = f"signals.{name}"
    keys = list(getattr(shop, name).objects.values_list("pk", flat=True))
    made: list[Any] = []

    @cached(ttl="1h", key="rows:{pk}", depends_on=[label + (":{pk}" if is_of_rows else "")])
    def read(pk: Any) -> None:
        made.append(pk)

    for _ in range(2):
        for key in keys:
            read(key)
    assert made == keys

    do(shop)
    for key in keys:
        read(key)

    assert len(made) > len(keys)


def test_a_row_that_nothing_changed_stays(shop: SimpleNamespace) -> None:
    made: list[Any] = []

    @cached(ttl="1h", key="cafe:{pk}", depends_on=["signals.Cafe:{pk}"])
    def read(pk: Any) -> None:
        made.append(pk)

    read(shop.one.pk)
    read(shop.other.pk)
    renamed(reload(shop.Place, shop.one))
    shop.bea.cafes.add(shop.other)
    read(shop.one.pk)
    read(shop.other.pk)

    assert made == [shop.one.pk, shop.other.pk] * 2
    renamed(shop.rome)
    read(shop.one.pk)
    assert len(made) == 4
