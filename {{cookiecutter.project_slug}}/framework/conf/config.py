"""The whole configuration as one frozen value."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from pydantic import ValidationError

from framework.errors import ConfigurationError

from .core import CoreConfig
from .database import DatabaseConfig
from .dotenv import look_through
from .email import EmailConfig
from .environment import ROOT, Environment
from .part import ConfigPart
from .parts import (
    PARTS,
    CacheConfig,
    EventConfig,
    LoggingConfig,
    SecurityConfig,
    TaskConfig,
    TelegramConfig,
)
from .problems import describe
from .request_parts import ActivityConfig, FeatureConfig, IdempotencyConfig, MiddlewareConfig, RateLimitConfig
from .safety import unsafe_when_deployed
from .secret_key import kept_secret_key, passing_secret_key
from .site import SiteConfig
from .variable import variables

EXIT_STATUS: Final = 2
# What Django itself allows in debug mode: a page elsewhere cannot reach the site under a name of its own.
LOCAL_HOSTS: Final = ("localhost", ".localhost", "127.0.0.1", "[::1]")
QUERY_BUDGET: Final = 50
ENV_FILE: Final = ROOT / ".env"


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
    events: EventConfig
    features: FeatureConfig
    ratelimit: RateLimitConfig
    idempotency: IdempotencyConfig
    activity: ActivityConfig
    middleware: MiddlewareConfig

    @classmethod
    def load(cls, env_file: Path = ENV_FILE) -> Self:
        """Read the environment and ``env_file``; raises :class:`ConfigurationError` with every problem found.

        Tests do not read the file: they must neither send to its bot nor clear its Redis.
        """
        is_test = os.environ.get("ENVIRONMENT", "").lower() == Environment.TEST
        problems = [] if is_test else look_through(env_file, {variable.name for variable in variables()})
        # PARTS pairs each name with its class.
        found: dict[str, Any] = {}
        for name, part in PARTS.items():
            found[name], faults = _read(part, None if is_test else env_file)
            problems += faults
        problems += unsafe_when_deployed(found["core"], found["security"])
        if problems:
            raise ConfigurationError(problems)
        return cls(site=SiteConfig.load(), **found)

    @property
    def environment(self) -> Environment:
        """Where the project runs."""
        return self.core.environment

    @property
    def namespace(self) -> str:
        """What stands before all that this site keeps in servers that others may use, too."""
        return self.core.namespace or self.site.name

    @property
    def redis_urls(self) -> dict[str, str]:
        """The addresses of Redis that are in use, by the variable that names each."""
        urls = {"REDIS_URL": self.cache.redis_url}
        if self.tasks.broker == "redis":
            urls["BROKER_URL"] = self.tasks.broker_url
        return {name: url.get_secret_value() for name, url in urls.items() if url}

    @property
    def debug(self) -> bool:
        """Whether errors are shown in the browser."""
        return self.core.debug if self.core.debug is not None else self.environment is Environment.DEVELOPMENT

    @property
    def query_budget(self) -> int:
        """How many queries a request may run before developers are told; 0 for as many as it likes."""
        if self.environment.is_deployed:
            return 0
        chosen = self.middleware.query_budget
        return chosen if chosen is not None else QUERY_BUDGET if self.debug else 0

    @property
    def finds_n_plus_one(self) -> bool:
        """Whether queries in a loop are looked for; django-zeal, which does, is a package of developers."""
        if self.environment.is_deployed or find_spec("zeal") is None:
            return False
        chosen = self.middleware.n_plus_one
        return chosen if chosen is not None else self.debug

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
        if given := self.security.secret_key:
            return given.get_secret_value()
        if self.environment is Environment.TEST:
            return passing_secret_key()
        return kept_secret_key(self.state_dir / "secret_key")

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Host names the site answers to: its domain when deployed, else this machine only."""
        if self.security.allowed_hosts:
            return self.security.allowed_hosts
        return (self.site.domain,) if self.environment.is_deployed else LOCAL_HOSTS

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


def _read(part: type[ConfigPart], env_file: Path | None) -> tuple[ConfigPart, list[str]]:
    try:
        return part(_env_file=env_file), []
    except ValidationError as error:
        faulty = {str(fault["loc"][0]) for fault in error.errors()}
        # The rest of the part is judged as well: whoever corrects one fault should not meet another one then.
        defaults = {name: part.model_fields[name].default for name in faulty}
        return part(_env_file=env_file, **defaults), describe(part, error)


def enabled_apps(config: DjangoConfig, installed: Sequence[str]) -> list[str]:
    """Return ``installed`` without ``DISABLED_APPS``; a name that is not there ends the process, as wrong values do."""
    if unknown := sorted({*config.core.disabled_apps} - {*installed}):
        _refuse([f"DISABLED_APPS={','.join(unknown)!r} is not in INSTALLED_APPS; try 'apps.shop', as it stands there"])
    return [app for app in installed if app not in config.core.disabled_apps]


@cache
def load_or_exit() -> DjangoConfig:
    """Load once per process; on a wrong environment say every problem on stderr and exit with status 2."""
    try:
        config = DjangoConfig.load()
        config.make_state_dir()
    except ConfigurationError as error:
        _refuse(error.problems)
    return config


def _refuse(problems: Sequence[str]) -> NoReturn:
    sys.stderr.write("".join(f"Configuration: {problem}\n" for problem in problems))
    raise SystemExit(EXIT_STATUS) from None
