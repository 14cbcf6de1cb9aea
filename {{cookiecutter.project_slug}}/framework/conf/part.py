"""What all parts of the configuration have in common."""

from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
IN_CAPITALS = BeforeValidator(_upper)
IN_SMALL_LETTERS = BeforeValidator(_lower)


class ConfigPart(BaseSettings):
    """One concern's settings; a frozen value that prints without its secrets.

    The variable of a field is the class's prefix and the field's name in capitals: ``LoggingConfig.level``
    is ``LOG_LEVEL``. ``examples`` of a field stand in the message about a wrong value.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        # A wrong value of a secret must not show up in pydantic's own message either.
        hide_input_in_errors=True,
    )
