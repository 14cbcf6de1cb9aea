"""Where the project runs."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from .environment import Environment
from .part import IN_SMALL_LETTERS, CommaSeparated, ConfigPart


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
    disabled_apps: CommaSeparated = Field(
        default=(),
        examples=["apps.shop"],
        description="Applications of INSTALLED_APPS that are left out, by name, their addresses too.",
    )
    namespace: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.-]{1,50}$",
        examples=["shop-staging"],
        description="Stands before all that this site keeps in Redis and RabbitMQ; unset, its name in pyproject.toml.",
    )
    state_dir: Path = Field(
        default=Path("var"),
        examples=["/var/lib/shop"],
        description="Folder for what the project writes: database file, development mail, secret key.",
    )
