"""A module to register components from."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from framework.registry import is_registered, unregister

type WriteModule = Callable[[str], str]


@pytest.fixture
def write_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WriteModule]:
    """Return a function that writes the module ``warehouse`` and returns its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(source: str) -> str:
        (tmp_path / "warehouse.py").write_text(source, encoding="utf-8")
        return "warehouse"

    yield write
    sys.modules.pop("warehouse", None)
    if is_registered("Shelf"):
        unregister("Shelf")
