"""Components that installed distributions bring along."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from framework import registry
from framework.registry import discover_plugins, find_faults, inspect, list_components, unregister
from framework.registry.plugins import refused

from .conftest import WriteModule

SHELF = 'class Shelf:\n    """A place for goods."""\n'


@pytest.fixture
def installed(tmp_path: Path, write_module: WriteModule) -> Iterator[None]:
    """Install a distribution that offers a component, and another under a name that is taken."""
    write_module(SHELF)
    metadata = tmp_path / "warehouse-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: warehouse\nVersion: 1.0\n", encoding="utf-8")
    points = "[framework.components]\nShelf = warehouse:Shelf\nget_logger = warehouse:Shelf\n"
    (metadata / "entry_points.txt").write_text(points, encoding="utf-8")
    discover_plugins.cache_clear()
    yield
    for name in list_components("plugins"):
        unregister(name)
    refused.clear()
    discover_plugins.cache_clear()


@pytest.mark.usefixtures("installed")
def test_a_plug_in_is_found_when_its_name_is_missed() -> None:
    assert "Shelf" not in list_components()

    assert registry.Shelf.__module__ == "warehouse"  # type: ignore[attr-defined]
    assert inspect("Shelf").category == "plugins"


@pytest.mark.usefixtures("installed")
def test_all_plug_ins_are_found_by_command() -> None:
    assert discover_plugins() == ("Shelf",)
    assert list_components("plugins") == ["Shelf"]


@pytest.mark.usefixtures("installed")
def test_a_plug_in_whose_name_is_taken_is_told_and_changes_nothing() -> None:
    [fault] = find_faults()

    assert (fault.code, fault.name) == ("registry.W001", "get_logger")
    assert "warehouse" in fault.reason
    assert "exists already" in fault.reason
    assert registry.get_logger.__module__ == "framework.logs.loggers"


def test_without_plug_ins_a_missing_name_is_missing() -> None:
    discover_plugins.cache_clear()

    assert not hasattr(registry, "Shelf")
    assert discover_plugins() == ()
