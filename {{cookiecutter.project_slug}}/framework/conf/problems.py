"""Wrong values told in one sentence each: the variable, what is wrong, an example of a right value."""

from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .part import ConfigPart
from .variable import example_of, is_secret, variable_of

LONGEST_SHOWN: Final = 60

_REASONS: Final = {
    "bool_parsing": "is neither true nor false",
    "enum": "is not one of {expected}",
    "finite_number": "is not a number",
    "float_parsing": "is not a number",
    "greater_than": "is not more than {gt:g}",
    "greater_than_equal": "is less than {ge}",
    "int_from_float": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_parsing_size": "is too large",
    "less_than_equal": "is more than {le}",
    "literal_error": "is not one of {expected}",
    "string_pattern_mismatch": "has another form",
    "value_error": "{error}",
}


def describe(part: type[ConfigPart], error: ValidationError) -> list[str]:
    """Return one sentence for each fault in ``error``; the values of secrets are left out."""
    return [_sentence(part, fault) for fault in error.errors(include_url=False)]


def _sentence(part: type[ConfigPart], fault: ErrorDetails) -> str:
    field = str(fault["loc"][0])
    info = part.model_fields[field]
    shown = "" if is_secret(info) else f"={_shortened(str(fault['input']))!r}"
    reason = _REASONS.get(fault["type"], "cannot be read").format(**fault.get("ctx", {}))
    return f"{variable_of(part, field)}{shown}: {reason}; try {example_of(info)!r}"


def _shortened(value: str) -> str:
    return value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}..."
