"""System checks of the registry and of every front door of the framework.

registry.E001  a component does not resolve (only with --deploy)
registry.E002  an export has the name of a submodule
registry.E003  a block imports one name from two places
registry.E004  a block names an extra or group that pyproject.toml does not have
registry.W001  a plug-in's component could not be registered
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks

from .faults import Fault, of_doors, of_plugins, unresolved


def check_components(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Import every component, which a process that only wants to start must not."""
    return _told(unresolved())


def check_doors(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Look through every front door."""
    return _told([*of_doors(), *of_plugins()])


def _told(faults: Iterable[Fault]) -> list[checks.CheckMessage]:
    return [
        (checks.Error if ".E" in fault.code else checks.Warning)(
            f"{fault.name}: {fault.reason}", hint=fault.hint, id=fault.code
        )
        for fault in faults
    ]
