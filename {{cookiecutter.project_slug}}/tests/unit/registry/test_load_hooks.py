"""Being told when a component is first used; conditions; numbers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from framework import registry
from framework.registry import (
    add_load_hook,
    get_component,
    get_registry_stats,
    is_registered,
    register,
    register_conditional,
    remove_load_hook,
)

from .conftest import WriteModule

SHELF = "class Shelf: ...\n"


@pytest.fixture
def told() -> Iterator[list[str]]:
    """Return the names a hook is told of."""
    names: list[str] = []

    def hook(name: str, component: Any) -> None:
        names.append(name)

    add_load_hook(hook)
    yield names
    remove_load_hook(hook)


def test_a_hook_is_told_once_of_what_sixteen_threads_use(write_module: WriteModule, told: list[str]) -> None:
    register("Shelf", f"{write_module(SHELF)}:Shelf")

    with ThreadPoolExecutor(16) as threads:
        assert len({id(value) for value in threads.map(lambda _: get_component("Shelf"), range(64))}) == 1

    assert told == ["Shelf"]


def test_a_hook_that_raises_leaves_the_component_for_the_next_use(write_module: WriteModule) -> None:
    register("Shelf", f"{write_module(SHELF)}:Shelf")

    def refuse(name: str, component: Any) -> None:
        raise PermissionError(f"{name} may not be used")

    add_load_hook(refuse)
    try:
        with pytest.raises(PermissionError, match="Shelf may not be used"):
            get_component("Shelf")
    finally:
        remove_load_hook(refuse)
    assert get_component("Shelf").__name__ == "Shelf"


def test_a_condition_decides_whether_a_component_is_there(write_module: WriteModule) -> None:
    place = f"{write_module(SHELF)}:Shelf"

    assert not register_conditional("Shelf", place, when=lambda: False)
    assert not is_registered("Shelf")
    assert register_conditional("Shelf", place, when=lambda: True, category="storage")
    assert is_registered("Shelf")


def test_the_numbers_count_what_was_added_and_what_was_loaded(write_module: WriteModule) -> None:
    before = get_registry_stats()
    register("Shelf", f"{write_module(SHELF)}:Shelf", category="storage")

    added = get_registry_stats()
    assert (added.components, added.added, added.loaded) == (before.components + 1, before.added + 1, before.loaded)
    assert added.by_category["storage"] == 1

    assert registry.Shelf  # type: ignore[attr-defined]
    assert get_registry_stats().loaded == before.loaded + 1
