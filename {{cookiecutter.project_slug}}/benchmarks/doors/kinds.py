"""One package, written out once for each way to make its front door lazy, or not."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from framework.registry import category_of, list_components

type Names = Mapping[str, Sequence[str]]


def ours(package: str, names: Names) -> str:
    """Plain imports in our block."""
    return _block("from framework.lazy import lazy_exports\n\nwith lazy_exports(globals()):", "", names)


def attach(package: str, names: Names) -> str:
    """lazy_loader with a dictionary, which no type checker reads."""
    table = {module: list(found) for module, found in names.items()}
    return (
        f"import lazy_loader\n\n__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={table!r})\n"
    )


def attach_stub(package: str, names: Names) -> str:
    """lazy_loader with a stub file, which it parses at import."""
    return "import lazy_loader\n\n__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)\n"


def etils(package: str, names: Names) -> str:
    """etils with plain imports."""
    return _block("from etils import epy\n\nwith epy.lazy_api_imports(globals()):", package, names)


def eager(package: str, names: Names) -> str:
    """Plain imports of modules that import nothing in turn."""
    return _block("if True:", "", names)


KINDS: Final[Mapping[str, Callable[[str, Names], str]]] = {
    "ours": ours,
    "lazy_loader.attach": attach,
    "lazy_loader.attach_stub": attach_stub,
    "etils.lazy_api_imports": etils,
    "eager": eager,
}
#: What the front doors of others import.
REQUIREMENTS: Final = ("lazy_loader>=0.6", "etils[epy]>=1.15")


def write_packages(folder: Path) -> dict[str, str]:
    """Write a package of each kind into ``folder``; return their names by the kind's."""
    names: dict[str, list[str]] = {}
    for name in list_components():
        names.setdefault(category_of(name), []).append(name)
    return {kind: _write(folder, f"door_{make.__name__}", make, names) for kind, make in KINDS.items()}


def _write(folder: Path, package: str, make: Callable[[str, Names], str], names: Names) -> str:
    place = folder / package
    place.mkdir()
    for module, found in names.items():
        text = "\n".join(f"def {name}() -> None: ..." for name in found)
        (place / f"{module}_parts.py").write_text(text, encoding="utf-8")
    modules = {f"{module}_parts": found for module, found in names.items()}
    (place / "__init__.py").write_text(make(package, modules), encoding="utf-8")
    if make is attach_stub:
        lines = (f"from .{module} import {name} as {name}" for module, found in modules.items() for name in found)
        (place / "__init__.pyi").write_text("\n".join(lines), encoding="utf-8")
    return package


def _block(head: str, package: str, names: Names) -> str:
    lines = (
        f"    from {package}.{module} import ({', '.join(f'{name} as {name}' for name in found)})"
        for module, found in names.items()
    )
    return "\n".join([head, *lines, ""])
