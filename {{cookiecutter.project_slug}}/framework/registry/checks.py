"""System checks of the registry.

registry.E001  a component does not resolve
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks

from .catalogue import validate


def check_components(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Import every component."""
    return [
        checks.Error(f"The component {name} does not resolve: {reason}", id="registry.E001")
        for name, reason in validate().items()
    ]
