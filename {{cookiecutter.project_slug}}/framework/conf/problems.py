"""Wrong values told in one sentence each: the variable, what is wrong, an example of a right value."""

from typing import get_args

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from .parts import ConfigPart


def variable_of(part: type[ConfigPart], field: str) -> str:
    """Return the environment variable that sets ``field`` of ``part``."""
    return f"{part.model_config.get('env_prefix', '')}{field}".upper()


def describe(part: type[ConfigPart], error: ValidationError) -> list[str]:
    """Return one sentence for each fault in ``error``; the values of secrets are left out."""
    problems = []
    for fault in error.errors(include_url=False):
        field = str(fault["loc"][0])
        info = part.model_fields[field]
        shown = "" if is_secret(info) else f"={str(fault['input'])!r}"
        reason = fault["msg"].removeprefix("Value error, ").removesuffix(".")
        reason = reason[:1].lower() + reason[1:] if reason.startswith("Input") else reason
        problems.append(f"{variable_of(part, field)}{shown}: {reason}; try {example_of(info)!r}")
    return problems


def is_secret(info: FieldInfo) -> bool:
    """Tell whether the field's value must never be shown."""
    return info.annotation is SecretStr or SecretStr in get_args(info.annotation)


def example_of(info: FieldInfo) -> str:
    """Return a right value for the field."""
    return str(info.examples[0]) if info.examples else str(info.default)
