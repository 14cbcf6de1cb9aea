"""Where the project runs."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from .environment import Environment
from .part import IN_SMALL_LETTERS, ConfigPart


class CoreConfig(ConfigPart):
    """Where the project runs."""

    model_config = SettingsConfigDict(env_prefix="")

    environment: Annotated[Environment, IN_SMALL_LETTERS] = Field(
        default=Environment.DEVELOPMENT,
        examples=["production"],
        description="development, test, staging or production: decides every other default.",
    )
    debug: bool | None = Field(
        default=None,
        examples=["false"],
        description="Debug pages; unset, on in development only; refused when deployed.",
    )
    state_dir: Path = Field(
        default=Path("var"),
        examples=["/var/lib/shop"],
        description="Folder for what the project writes: database file, development mail, secret key.",
    )
