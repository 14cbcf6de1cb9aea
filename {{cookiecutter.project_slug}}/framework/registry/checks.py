"""System checks of the registry.

registry.E001  a component does not resolve
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks

from .catalogue import validate

_HINT = "Correct its line in framework/registry/__init__.py, or the register() call that added it."


def check_components(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Import every component."""
    return [
        checks.Error(f"The component {name} does not resolve: {reason}", hint=_HINT, id="registry.E001")
        for name, reason in validate().items()
    ]
