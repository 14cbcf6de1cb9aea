"""The parts of the configuration: one frozen class per concern, one field per environment variable.

The variable of a field is the class's prefix and the field's name in capitals: ``LoggingConfig.level``
is ``LOG_LEVEL``. ``examples`` of a field stand in the message about a wrong value.
"""

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

import dj_database_url
from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .environment import ROOT


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


def _require_scheme(url: str, schemes: frozenset[str]) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in schemes or (not rest and scheme not in {"database", "sqlite"}):
        raise ValueError(f"is not a URL that starts with one of {', '.join(f'{name}://' for name in sorted(schemes))}")
    if scheme not in {"sqlite", "database"}:
        _ = urlsplit(url).port  # raises ValueError for a port that is no number
    return url


class ConfigPart(BaseSettings):
    """One concern's settings; a frozen value that prints without its secrets."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_file=ROOT / ".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        hide_input_in_errors=False,
    )


class DatabaseConfig(ConfigPart):
    """Where the data lives; SQLite in the state folder unless ``DATABASE_URL`` says otherwise."""

    model_config = SettingsConfigDict(env_prefix="DATABASE_")

    url: SecretStr | None = Field(
        default=None,
        examples=["postgres://user:password@localhost:5432/shop"],
        description="Database: sqlite:///path or postgres://user:password@host:port/name; unset, a SQLite file.",
    )
    conn_max_age: int = Field(
        default=0, ge=0, examples=["60"], description="Seconds a connection is kept; 0 uses the pool on PostgreSQL."
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _require_scheme(value.get_secret_value(), frozenset({"sqlite", "postgres", "postgresql"}))
        return value

    @property
    def vendor(self) -> Literal["sqlite", "postgresql"]:
        """Which database it is."""
        return "sqlite" if self.url is None or self.url.get_secret_value().startswith("sqlite") else "postgresql"

    def django(self, state_dir: Path) -> dict[str, Any]:
        """Return the entry for Django's ``DATABASES``; without a URL the file is in ``state_dir``."""
        url = self.url.get_secret_value() if self.url else f"sqlite:///{state_dir / 'db.sqlite3'}"
        parsed: dict[str, Any] = dict(dj_database_url.parse(url))
        if self.vendor == "sqlite":
            return parsed | _sqlite(str(parsed["NAME"]), state_dir)
        options = {"connect_timeout": 5, "pool": {"min_size": 1, "max_size": 16, "timeout": 10}}
        return parsed | {"CONN_MAX_AGE": self.conn_max_age, "OPTIONS": options | parsed.get("OPTIONS", {})}


def _sqlite(name: str, state_dir: Path) -> dict[str, Any]:
    return {
        "NAME": name if name == ":memory:" else str(ROOT / name),
        # A file, since the threads of a worker cannot share a database that lives in memory.
        "TEST": {"NAME": str(state_dir / "test.sqlite3")},
        "OPTIONS": {
            # IMMEDIATE makes writers queue up front; a lock upgraded mid-transaction fails without waiting.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }


class CacheConfig(ConfigPart):
    """The cache's tiers; ``REDIS_URL`` swaps the database tier for Redis."""

    redis_url: SecretStr | None = Field(
        default=None,
        examples=["redis://localhost:6379/0"],
        description="Redis: the shared cache tier; unset, the database is the shared tier.",
    )
    cache_memory_entries: int = Field(
        default=10_000, ge=1, examples=["10000"], description="Most entries the memory tier of a process holds."
    )
    cache_memory_bytes: int = Field(
        default=64 * 1024 * 1024, ge=1024, examples=["67108864"], description="Most bytes the memory tier holds."
    )

    @field_validator("redis_url")
    @classmethod
    def _check_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _require_scheme(value.get_secret_value(), frozenset({"redis", "rediss", "unix"}))
        return value


class TaskConfig(ConfigPart):
    """The task broker and the worker's size."""

    broker_url: SecretStr = Field(
        default=SecretStr("database://"),
        examples=["redis://localhost:6379/1"],
        description="Broker: database://, redis://host:port/n or amqp://user:password@host:port/vhost.",
    )
    worker_processes: int = Field(default=1, ge=0, le=256, examples=["2"], description="Worker processes.")
    worker_threads: int = Field(default=4, ge=1, le=256, examples=["8"], description="Threads per worker process.")

    @field_validator("broker_url")
    @classmethod
    def _check_url(cls, value: SecretStr) -> SecretStr:
        _require_scheme(value.get_secret_value(), frozenset({"database", "redis", "rediss", "unix", "amqp", "amqps"}))
        return value

    @property
    def broker(self) -> Literal["database", "redis", "rabbitmq"]:
        """Which broker it is."""
        scheme = self.broker_url.get_secret_value().partition("://")[0]
        if scheme == "database":
            return "database"
        return "rabbitmq" if scheme.startswith("amqp") else "redis"


class SecurityConfig(ConfigPart):
    """Keys, hosts and proxies."""

    secret_key: SecretStr | None = Field(
        default=None,
        examples=["a random string of 50 characters or more"],
        description="Signs sessions and tokens; made at first run in development, required when deployed.",
    )
    allowed_hosts: CommaSeparated = Field(
        default=(), examples=["example.com,www.example.com"], description="Host names the site answers to."
    )
    trusted_proxies: CommaSeparated = Field(
        default=(), examples=["10.0.0.0/8"], description="Networks whose forwarding headers are believed."
    )
    hsts_seconds: int = Field(
        default=31_536_000, ge=0, examples=["31536000"], description="Seconds browsers remember to use HTTPS."
    )


class LoggingConfig(ConfigPart):
    """How much is logged, and in which form."""

    model_config = SettingsConfigDict(env_prefix="LOG_")

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", examples=["INFO"], description="Lowest level that is logged."
    )
    format: Literal["auto", "json", "console"] = Field(
        default="auto", examples=["json"], description="json, console, or auto: console in development, else json."
    )


class EmailConfig(ConfigPart):
    """Outgoing mail; files in the state folder unless ``EMAIL_URL`` names a server."""

    model_config = SettingsConfigDict(env_prefix="EMAIL_")

    url: SecretStr | None = Field(
        default=None,
        examples=["smtp+tls://user:password@smtp.example.com:587"],
        description="Mail server: smtp://, smtp+tls:// or smtps://; unset, mails are files in the state folder.",
    )
    sender: str | None = Field(
        default=None, examples=["shop@example.com"], description="From address; unset, noreply@ the site's domain."
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _require_scheme(value.get_secret_value(), frozenset({"smtp", "smtp+tls", "smtps"}))
        return value

    def mailer(self, folder: Path) -> dict[str, Any]:
        """Return the entry for Django's ``MAILERS``; without a server, mails become files in ``folder``."""
        if self.url is None:
            return {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": folder}}
        url = urlsplit(self.url.get_secret_value())
        options = {
            "host": url.hostname or "localhost",
            "port": url.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[url.scheme],
            "username": unquote(url.username or ""),
            "password": unquote(url.password or ""),
            "use_tls": url.scheme == "smtp+tls",
            "use_ssl": url.scheme == "smtps",
            "timeout": 10,
        }
        return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


class TelegramConfig(ConfigPart):
    """The bot that sends notifications."""

    model_config = SettingsConfigDict(env_prefix="TELEGRAM_")

    bot_token: SecretStr | None = Field(
        default=None, examples=["123456:ABC-DEF"], description="Bot token; unset, Telegram is not configured."
    )
    chat_id: str | None = Field(default=None, examples=["-1001234567890"], description="Default chat.")
    api_url: str = Field(
        default="https://api.telegram.org", examples=["https://api.telegram.org"], description="Bot API server."
    )
    on_unconfigured: Literal["error", "ignore"] = Field(
        default="ignore", examples=["error"], description="What sending does while there is no token."
    )


class FeatureConfig(ConfigPart):
    """Feature flags."""

    model_config = SettingsConfigDict(env_prefix="FEATURES_")

    refresh_seconds: float = Field(
        default=1.0, gt=0, examples=["1.0"], description="Seconds between looks for changed flags."
    )


class MiddlewareConfig(ConfigPart):
    """One switch per middleware: the configuration decides which are installed."""

    model_config = SettingsConfigDict(env_prefix="MIDDLEWARE_")

    health: bool = Field(default=True, examples=["true"], description="/livez and /readyz.")
    request_id: bool = Field(default=True, examples=["true"], description="Request id and traceparent.")
    client_ip: bool = Field(default=True, examples=["true"], description="The client's address behind proxies.")
    access_log: bool = Field(default=True, examples=["true"], description="One line per request.")
    server_timing: bool = Field(default=True, examples=["true"], description="Server-Timing, in debug mode only.")
    features: bool = Field(default=True, examples=["true"], description="Feature flags on the request.")
