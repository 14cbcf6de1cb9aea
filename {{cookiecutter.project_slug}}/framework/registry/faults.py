"""What can be wrong with the registry and the other front doors."""

import importlib
import pkgutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import framework
from framework.conf.environment import ROOT
from framework.exports import block_of, exports_of
from framework.lazy import NotInstalledError, lazy_exports

from .catalogue import get_component, list_components
from .plugins import discover_plugins, refused

UNRESOLVED: Final = "registry.E001"
CLASH: Final = "registry.E002"
DUPLICATE: Final = "registry.E003"
UNKNOWN_EXTRA: Final = "registry.E004"
REFUSED: Final = "registry.W001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to mend; ``code`` is the id of the system check that reports it."""

    code: str
    name: str
    reason: str
    hint: str


def validate() -> dict[str, str]:
    """Import every component; return the reason for each one that is broken."""
    return {fault.name: fault.reason for fault in find_faults()}


def find_faults() -> list[Fault]:
    """Import every component and look through every front door of the framework; return what is wrong."""
    return [*unresolved(), *of_doors(), *of_plugins()]


def unresolved() -> Iterator[Fault]:
    """Import every component, and with them all that they need; return those that are broken."""
    discover_plugins()
    hint = "Correct its line in framework/registry/__init__.py, or the register() call that added it."
    for name in list_components():
        try:
            get_component(name)
        except NotInstalledError:
            # An extra that this installation does without.
            continue
        except Exception as error:  # noqa: BLE001 - whatever a module raises, the component is broken
            yield Fault(code=UNRESOLVED, name=name, reason=f"{type(error).__name__}: {error}", hint=hint)


def of_doors() -> Iterator[Fault]:
    """Look through every front door of the framework."""
    known = _known_extras()
    for found in pkgutil.iter_modules(framework.__path__, "framework."):
        module = importlib.import_module(found.name) if found.ispkg else None
        if module is not None and (door := block_of(module)):
            inside = {inner.name for inner in pkgutil.iter_modules(module.__path__)}
            yield from _faults_of(found.name, door, inside)
            unknown = set() if known is None else {*door.extras.values(), *door.groups.values()} - known
            for extra in sorted(unknown):
                hint = f"Name an extra or group of pyproject.toml in the block of {found.name}."
                yield Fault(code=UNKNOWN_EXTRA, name=extra, reason=f"{found.name} wants it installed", hint=hint)


def _faults_of(package: str, door: lazy_exports, inside: set[str]) -> Iterator[Fault]:
    for name in sorted(inside & exports_of(door).keys()):
        hint = "Rename one of them: which of the two is meant would depend on what was imported first."
        yield Fault(code=CLASH, name=name, reason=f"a module of {package} has the same name", hint=hint)
    for name in sorted(door.duplicates):
        reason = f"{package} imports it from two places, and the last one counts"
        yield Fault(code=DUPLICATE, name=name, reason=reason, hint="Take one of the two lines away.")


def of_plugins() -> Iterator[Fault]:
    """Return the components of plug-ins that could not be registered."""
    discover_plugins()
    for name, reason in sorted(refused.items()):
        yield Fault(code=REFUSED, name=name, reason=reason, hint="Rename the entry point, or remove the plug-in.")


def _known_extras() -> set[str] | None:
    """Return the extras and groups of the project; ``None`` where it was installed without its pyproject.toml."""
    file = ROOT / "pyproject.toml"
    if not file.exists():
        return None
    project = tomllib.loads(file.read_text(encoding="utf-8"))
    return {*project.get("project", {}).get("optional-dependencies", {}), *project.get("dependency-groups", {})}
