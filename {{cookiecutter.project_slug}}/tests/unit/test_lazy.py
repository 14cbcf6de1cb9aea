"""Front doors: typed like imports, loaded on first use."""

import importlib
import inspect
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Protocol
from unittest import mock

import pytest

from framework.errors import MissingExtraError
from framework.exports import block_of, exports_of


class MakePackage(Protocol):
    """Writes a package and imports it."""

    def __call__(self, door: str, **modules: str) -> ModuleType: ...


@pytest.fixture
def make_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakePackage]:
    """Return a function that writes the package ``shop``, whose front door is ``door``, and imports it."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(door: str, **modules: str) -> ModuleType:
        folder = tmp_path / "shop"
        folder.mkdir()
        start = "from framework.lazy import lazy_exports\n"
        (folder / "__init__.py").write_text(start + dedent(door), encoding="utf-8")
        for name, source in modules.items():
            (folder / f"{name}.py").write_text(dedent(source), encoding="utf-8")
        return importlib.import_module("shop")

    yield make
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]


DOOR = """
    with lazy_exports(globals()):
        from .goods import Cup as Cup
        from .goods import price as price
"""
GOODS = """
    class Cup:
        pass

    def price():
        return 3
"""


def test_a_module_is_imported_when_a_name_is_first_used(make_package: MakePackage) -> None:
    shop = make_package(DOOR, goods=GOODS)

    assert "shop.goods" not in sys.modules
    assert shop.price() == 3
    assert "shop.goods" in sys.modules


def test_a_value_is_kept_in_the_module(make_package: MakePackage) -> None:
    shop = make_package(DOOR, goods=GOODS)

    cup = shop.Cup

    assert vars(shop)["Cup"] is cup
    assert shop.Cup is sys.modules["shop.goods"].Cup


def test_names_are_listed_before_they_are_loaded(make_package: MakePackage) -> None:
    shop = make_package(DOOR, goods=GOODS)

    assert {"Cup", "price"} <= set(dir(shop))
    assert "shop.goods" not in sys.modules


def test_a_star_import_brings_every_name_and_nothing_else(make_package: MakePackage) -> None:
    make_package(DOOR, goods=GOODS)
    namespace: dict[str, object] = {}

    exec("from shop import *", namespace)  # noqa: S102 - a star import needs a namespace of its own

    assert namespace.keys() - {"__builtins__"} == {"Cup", "price"}


def test_an_unknown_name_is_missing_as_in_any_module(make_package: MakePackage) -> None:
    shop = make_package(DOOR, goods=GOODS)

    assert not hasattr(shop, "Plate")
    with pytest.raises(AttributeError, match="module 'shop' has no attribute 'Plate'"):
        _ = shop.Plate
    with pytest.raises(ImportError, match="cannot import name 'Plate'"):
        exec("from shop import Plate")  # noqa: S102


def test_a_front_door_may_lead_to_another_package(make_package: MakePackage) -> None:
    shop = make_package("""
        with lazy_exports(globals()):
            from framework.errors import FrameworkError as FrameworkError
    """)

    assert shop.FrameworkError.__module__ == "framework.errors"


@pytest.mark.parametrize("statement", ["import json", "from json import *", "from .goods import Cup as Mug"])
def test_what_the_block_cannot_record_is_refused(make_package: MakePackage, statement: str) -> None:
    with pytest.raises(ImportError, match=r"lazy_exports (takes|in shop cannot rename)"):
        make_package(f"""
            with lazy_exports(globals()):
                {statement}
        """)


def test_imports_work_as_ever_after_a_block_that_failed(make_package: MakePackage) -> None:
    with pytest.raises(ImportError):
        make_package("""
            with lazy_exports(globals()):
                import json
        """)

    assert importlib.import_module("json").loads("3") == 3


def test_sixteen_threads_get_one_value(make_package: MakePackage) -> None:
    shop = make_package(DOOR, goods=GOODS)
    start = threading.Barrier(16)

    def use(_: int) -> object:
        start.wait()
        return shop.Cup

    with ThreadPoolExecutor(16) as pool:
        cups = set(pool.map(use, range(16)))

    assert cups == {shop.Cup}


def test_an_error_inside_a_module_passes_through_unchanged(make_package: MakePackage) -> None:
    shop = make_package(DOOR, goods="raise ZeroDivisionError('our own')")

    with pytest.raises(ZeroDivisionError, match="our own"):
        _ = shop.Cup


WITH_EXTRA = """
    with lazy_exports(globals(), extras={"no_such_library": "shipping"}):
        from .parcels import Parcel as Parcel
        from .goods import Cup as Cup
"""
PARCELS = """
    import no_such_library

    class Parcel:
        pass
"""


def test_importing_a_name_without_its_extra_says_how_to_get_it(make_package: MakePackage) -> None:
    make_package(WITH_EXTRA, parcels=PARCELS, goods=GOODS)

    with pytest.raises(MissingExtraError, match=r"Parcel needs no_such_library.*uv sync --extra shipping"):
        exec("from shop import Parcel")  # noqa: S102


def test_a_dependency_group_is_named_as_one(make_package: MakePackage) -> None:
    make_package(WITH_EXTRA.replace("extras", "groups"), parcels=PARCELS, goods=GOODS)

    with pytest.raises(MissingExtraError, match="uv sync --group shipping"):
        exec("from shop import Parcel")  # noqa: S102


def test_a_front_door_behind_another_passes_the_hint_on(make_package: MakePackage) -> None:
    outer = """
        with lazy_exports(globals()):
            from .parcels import Parcel as Parcel
    """
    inner = """
        from framework.lazy import lazy_exports

        with lazy_exports(globals(), extras={"no_such_library": "shipping"}):
            from shop.wares import Parcel as Parcel
    """
    make_package(outer, parcels=inner, wares=PARCELS)

    with pytest.raises(MissingExtraError, match=r"Parcel needs no_such_library.*uv sync --extra shipping"):
        exec("from shop import Parcel")  # noqa: S102


def test_an_unknown_name_is_told_with_a_similar_one(make_package: MakePackage) -> None:
    shop = make_package(DOOR, goods=GOODS)

    with pytest.raises(AttributeError) as told:
        _ = shop.prize
    assert "Did you mean: 'price'?" in "".join(traceback.format_exception(told.value))


def test_a_name_from_two_places_is_noted(make_package: MakePackage) -> None:
    shop = make_package(DOOR.replace("price as price", "price as price\n        from .parcels import Cup as Cup"))

    door = block_of(shop)

    assert door is not None
    assert door.duplicates == {"Cup"}
    assert exports_of(door)["Cup"] == "shop.parcels:Cup"


def test_a_missed_name_may_be_added_by_who_is_asked(make_package: MakePackage) -> None:
    late = """
        from framework.exports import add_export, block_of
        import shop

        def add():
            add_export(block_of(shop), "Late", "shop.goods:Cup")
    """
    shop = make_package(DOOR.replace("globals()", "globals(), on_miss='shop.late:add'"), goods=GOODS, late=late)

    assert not hasattr(shop, "_private")
    assert "shop.late" not in sys.modules
    assert shop.Late is shop.Cup
    assert not hasattr(shop, "Never")


def test_looking_through_a_module_skips_names_without_their_extra(make_package: MakePackage) -> None:
    shop = make_package(WITH_EXTRA, parcels=PARCELS, goods=GOODS)

    assert not hasattr(shop, "Parcel")
    with pytest.raises(AttributeError, match="uv sync --extra shipping"):
        _ = shop.Parcel
    assert "Cup" in dict(inspect.getmembers(shop, inspect.isclass))


def test_a_library_that_no_extra_brings_is_missing_under_its_own_name(make_package: MakePackage) -> None:
    shop = make_package(DOOR, goods="import no_such_library")

    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        _ = shop.Cup


def test_a_name_can_be_patched_before_it_is_loaded(make_package: MakePackage) -> None:
    shop = make_package(DOOR, goods=GOODS)

    with mock.patch("shop.price", return_value=5):
        assert shop.price() == 5
    assert shop.price() == 3


@pytest.mark.parametrize(
    "package", ["cache", "conf", "features", "logs", "middleware", "registry", "services", "signals", "tasks"]
)
def test_no_front_door_exports_the_name_of_a_submodule(package: str) -> None:
    door = importlib.import_module(f"framework.{package}")
    block = block_of(door)
    assert block is not None

    submodules = {path.stem for path in Path(door.__path__[0]).iterdir() if path.suffix in {".py", ""}}

    assert not submodules & exports_of(block).keys()
