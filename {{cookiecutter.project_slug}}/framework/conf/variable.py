"""The environment variables the project reads."""

from dataclasses import dataclass
from enum import Enum
from typing import get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from .part import ConfigPart
from .parts import PARTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable; ``default`` is what counts while it is unset, as one would write it."""

    name: str
    default: str
    description: str
    example: str
    is_secret: bool


def variables() -> tuple[Variable, ...]:
    """Return every variable, in the order of the configuration's parts."""
    return tuple(
        Variable(
            name=variable_of(part, field),
            default=_default_of(info),
            description=info.description or "",
            example=example_of(info),
            is_secret=is_secret(info),
        )
        for part in PARTS.values()
        for field, info in part.model_fields.items()
    )


def variable_of(part: type[ConfigPart], field: str) -> str:
    """Return the environment variable that sets ``field`` of ``part``."""
    return f"{part.model_config.get('env_prefix', '')}{field}".upper()


def is_secret(info: FieldInfo) -> bool:
    """Tell whether the field's value must never be shown."""
    return info.annotation is SecretStr or SecretStr in get_args(info.annotation)


def example_of(info: FieldInfo) -> str:
    """Return a right value for the field."""
    return str(info.examples[0]) if info.examples else str(info.default)


def _default_of(info: FieldInfo) -> str:
    value = info.default
    if value is None or value == ():
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    return str(value.value if isinstance(value, Enum) else value)
