"""The whole configuration as one frozen value."""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from framework.errors import ConfigurationError

from .environment import ROOT, Environment
from .parts import (
    CacheConfig,
    ConfigPart,
    DatabaseConfig,
    EmailConfig,
    FeatureConfig,
    LoggingConfig,
    MiddlewareConfig,
    SecurityConfig,
    TaskConfig,
    TelegramConfig,
)
from .problems import describe
from .secret_key import development_secret_key
from .site import SiteConfig

EXIT_STATUS = 2


class CoreConfig(ConfigPart):
    """Where the project runs."""

    model_config = SettingsConfigDict(env_prefix="")

    environment: Environment = Field(
        default=Environment.DEVELOPMENT,
        examples=["production"],
        description="development, test, staging or production: decides every other default.",
    )
    debug: bool | None = Field(
        default=None,
        examples=["false"],
        description="Debug pages; on in development, refused when deployed.",
    )
    state_dir: Path = Field(
        default=Path("var"), examples=["/var/lib/shop"], description="Folder for files the project writes."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DjangoConfig:
    """Everything the project reads from its environment, checked and typed."""

    core: CoreConfig
    site: SiteConfig
    database: DatabaseConfig
    cache: CacheConfig
    tasks: TaskConfig
    security: SecurityConfig
    logging: LoggingConfig
    email: EmailConfig
    telegram: TelegramConfig
    features: FeatureConfig
    middleware: MiddlewareConfig

    @classmethod
    def load(cls) -> Self:
        """Read the environment; raises :class:`ConfigurationError` with every problem found."""
        found: dict[str, ConfigPart] = {}
        problems: list[str] = []
        for name, part in PARTS.items():
            try:
                found[name] = part()
            except ValidationError as error:
                problems += describe(part, error)
        if problems:
            raise ConfigurationError(problems)
        config = cls(site=SiteConfig.load(), **found)  # type: ignore[arg-type]  # PARTS pairs each name with its class
        if unsafe := config.unsafe_when_deployed():
            raise ConfigurationError(unsafe)
        return config

    @property
    def environment(self) -> Environment:
        """Where the project runs."""
        return self.core.environment

    @property
    def debug(self) -> bool:
        """Whether errors are shown in the browser."""
        return self.core.debug if self.core.debug is not None else self.environment is Environment.DEVELOPMENT

    @property
    def state_dir(self) -> Path:
        """Folder for what the project writes: database file, development mail, secret key."""
        return ROOT / self.core.state_dir

    def make_state_dir(self) -> None:
        """Make the state folder if something will be kept in it; raises :class:`ConfigurationError`."""
        if self.database.vendor != "sqlite" and self.email.url is not None:
            return
        try:
            self.state_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                [f"STATE_DIR={str(self.core.state_dir)!r}: the folder cannot be made ({error.strerror}); try 'var'"]
            ) from None

    @property
    def secret_key(self) -> str:
        """The key Django signs with."""
        given = self.security.secret_key
        return given.get_secret_value() if given else development_secret_key(self.state_dir / "secret_key")

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Host names the site answers to; every one in development."""
        if self.security.allowed_hosts:
            return self.security.allowed_hosts
        return (self.site.domain,) if self.environment.is_deployed else ("*",)

    @property
    def log_format(self) -> str:
        """``json`` or ``console``."""
        if self.logging.format != "auto":
            return self.logging.format
        return "json" if self.environment.is_deployed else "console"

    @property
    def sender(self) -> str:
        """The address mails come from."""
        return self.email.sender or f"noreply@{self.site.domain}"

    def unsafe_when_deployed(self) -> list[str]:
        """Say what a deployed site must not run with."""
        if not self.environment.is_deployed:
            return []
        problems = []
        if _is_weak(self.security.secret_key):
            problems.append(
                f"SECRET_KEY must be set when ENVIRONMENT={self.environment}, with 50 characters or more;"
                " try the output of: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
            )
        if self.debug:
            problems.append(f"DEBUG=true is refused when ENVIRONMENT={self.environment}; try DEBUG=false")
        return problems


PARTS: dict[str, type[ConfigPart]] = {
    "core": CoreConfig,
    "database": DatabaseConfig,
    "cache": CacheConfig,
    "tasks": TaskConfig,
    "security": SecurityConfig,
    "logging": LoggingConfig,
    "email": EmailConfig,
    "telegram": TelegramConfig,
    "features": FeatureConfig,
    "middleware": MiddlewareConfig,
}


@cache
def load_or_exit() -> DjangoConfig:
    """Load once per process; on a wrong environment say every problem on stderr and exit with status 2."""
    try:
        config = DjangoConfig.load()
        config.make_state_dir()
    except ConfigurationError as error:
        sys.stderr.write("".join(f"Configuration: {problem}\n" for problem in error.problems))
        raise SystemExit(EXIT_STATUS) from None
    return config


def _is_weak(key: SecretStr | None) -> bool:
    # The same measure as Django's check security.W009.
    value = key.get_secret_value() if key else ""
    return len(value) < 50 or len(set(value)) < 5 or value.startswith("django-insecure-")
