"""Looking components up and adding to them."""

import sys

import pytest

from framework.errors import FrameworkError
from framework.registry import (
    ComponentNotFoundError,
    categories,
    category_of,
    get_component,
    inspect,
    is_loaded,
    is_registered,
    list_components,
    register,
    unregister,
    validate,
)

from .conftest import WriteModule

SHELF = 'class Shelf:\n    """A place for goods.\n\n    More."""\n'


def test_components_are_listed_by_category() -> None:
    assert "get_logger" in list_components("logs")
    assert "get_logger" not in list_components("cache")
    assert set(list_components()) == {name for category in categories() for name in list_components(category)}


def test_the_category_is_the_package_a_component_comes_from() -> None:
    assert [category_of(name) for name in ("DjangoConfig", "get_logger", "DjangoTelegram", "TaskError")] == [
        "conf",
        "logs",
        "services",
        "errors",
    ]


def test_a_component_is_what_its_package_exports() -> None:
    from framework.logs import get_logger

    assert get_component("get_logger") is get_logger


def test_details_name_the_place_and_the_first_line_of_the_docstring() -> None:
    details = inspect("DjangoTelegram")

    assert (details.name, details.category, details.module) == (
        "DjangoTelegram",
        "services",
        "framework.services.telegram",
    )
    assert details.summary == "The project's bot."
    assert (details.kind, details.source.partition(":")[0]) == ("class", "framework/services/telegram.py")
    assert inspect("get_logger").signature.startswith("get_logger(name: str)")
    assert [inspect(name).kind for name in ("TaskError", "get_logger", "UNKNOWN")] == [
        "exception",
        "function",
        "Unknown",
    ]


@pytest.mark.parametrize("look_up", [get_component, inspect, category_of, is_loaded, unregister])
def test_an_unknown_name_is_told_with_similar_ones(look_up: object) -> None:
    assert callable(look_up)

    with pytest.raises(ComponentNotFoundError, match="No component is called 'DjangoConfg'"):
        look_up("DjangoConfg")
    with pytest.raises(ComponentNotFoundError, match="did you mean DjangoConfig"):
        get_component("DjangoConfg")


def test_an_error_about_a_name_can_be_caught_as_one_of_the_framework_or_a_lookup_error() -> None:
    assert issubclass(ComponentNotFoundError, FrameworkError)
    assert issubclass(ComponentNotFoundError, LookupError)


def test_a_registered_component_is_imported_on_first_use(write_module: WriteModule) -> None:
    register("Shelf", f"{write_module(SHELF)}:Shelf", category="storage")

    assert list_components("storage") == ["Shelf"]
    assert not is_loaded("Shelf")
    assert get_component("Shelf").__module__ == "warehouse"
    assert is_loaded("Shelf")
    assert inspect("Shelf").summary == "A place for goods."


def test_a_registered_component_is_imported_like_the_others(write_module: WriteModule) -> None:
    register("Shelf", f"{write_module(SHELF)}:Shelf")

    namespace: dict[str, object] = {}
    exec("from framework.registry import Shelf", namespace)  # noqa: S102 - type checkers do not know the name

    assert namespace["Shelf"] is sys.modules["warehouse"].Shelf


def test_an_unregistered_component_is_gone(write_module: WriteModule) -> None:
    register("Shelf", f"{write_module(SHELF)}:Shelf")
    get_component("Shelf")

    unregister("Shelf")

    assert not is_registered("Shelf")
    assert not hasattr(sys.modules["framework.registry"], "Shelf")


def test_registering_the_same_again_changes_nothing(write_module: WriteModule) -> None:
    place = f"{write_module(SHELF)}:Shelf"

    register("Shelf", place)
    register("Shelf", place)

    assert list_components("apps") == ["Shelf"]


@pytest.mark.parametrize(
    ("name", "target", "reason"),
    [
        ("get_logger", "warehouse:Shelf", "exists already, at framework.logs:get_logger"),
        ("catalogue", "warehouse:Shelf", "cannot name a component"),
        ("two words", "warehouse:Shelf", "cannot name a component"),
        ("Shelf", "warehouse.Shelf", "is no place of a component"),
        ("Shelf", ":Shelf", "is no place of a component"),
    ],
)
def test_what_cannot_be_registered_is_refused(name: str, target: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        register(name, target)


def test_components_of_the_framework_cannot_be_taken_back() -> None:
    with pytest.raises(ComponentNotFoundError):
        unregister("get_logger")

    assert is_registered("get_logger")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "AttributeError: module 'warehouse' has no attribute 'Shelf'"),
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("raise ZeroDivisionError('our own')", "ZeroDivisionError: our own"),
    ],
)
def test_a_component_that_does_not_resolve_is_told_with_its_reason(
    write_module: WriteModule, source: str, reason: str
) -> None:
    register("Shelf", f"{write_module(source)}:Shelf")

    assert validate() == {"Shelf": reason}
