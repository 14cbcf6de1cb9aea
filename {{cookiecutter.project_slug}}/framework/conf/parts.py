"""The parts of the configuration by name; the smaller ones are declared here."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from .core import CoreConfig
from .credentials import WITH_CREDENTIALS
from .database import DatabaseConfig
from .email import EmailConfig
from .part import IN_CAPITALS, IN_SMALL_LETTERS, CommaSeparated, ConfigPart
from .redis_url import SCHEMES as REDIS_SCHEMES, require_redis_url
from .urls import require_host, require_url


class CacheConfig(ConfigPart):
    """The cache's tiers; ``REDIS_URL`` swaps the database tier for Redis."""

    redis_url: Annotated[SecretStr | None, WITH_CREDENTIALS] = Field(
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
            require_redis_url(value.get_secret_value())
        return value


class TaskConfig(ConfigPart):
    """The task broker and the worker's size."""

    broker_url: Annotated[SecretStr, WITH_CREDENTIALS] = Field(
        default=SecretStr("database://"),
        examples=["redis://localhost:6379/1"],
        description="Broker: database://, redis://host:port/n or amqp://user:pass@host:port/vhost.",
    )
    worker_processes: int = Field(default=1, ge=0, le=256, examples=["2"], description="Worker processes.")
    worker_threads: int = Field(default=4, ge=1, le=256, examples=["8"], description="Threads per worker process.")
    worker_health_file: Path | None = Field(
        default=None,
        examples=["/run/worker.alive"],
        description="Touched by every worker every few seconds, for orchestrators that look at its age.",
    )

    @field_validator("broker_url")
    @classmethod
    def _check_url(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url.partition("://")[0] in REDIS_SCHEMES:
            require_redis_url(url)
            return value
        parts = require_url(url, "amqp", "amqps", "database", *REDIS_SCHEMES)
        if parts.scheme == "database" and (parts.netloc or parts.path):
            raise ValueError("has something behind database://, which means DATABASE_URL and takes nothing")
        if parts.scheme != "database":
            require_host(parts)
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
        default=(),
        examples=["example.com,www.example.com"],
        description="Host names the site answers to; unset, its domain when deployed, else this machine only.",
    )
    trusted_proxies: CommaSeparated = Field(
        default=(), examples=["10.0.0.0/8"], description="Networks whose forwarding headers are believed."
    )
    hsts_seconds: int = Field(
        default=31_536_000, ge=0, examples=["31536000"], description="Seconds browsers remember to use HTTPS."
    )

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if "/" in host or any(character.isspace() for character in host):
                raise ValueError(f"holds {host!r}, which is no host name")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _check_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network)
            except ValueError:
                raise ValueError(f"holds {network!r}, which is no network") from None
        return value


class LoggingConfig(ConfigPart):
    """How much is logged, and in which form."""

    model_config = SettingsConfigDict(env_prefix="LOG_")

    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], IN_CAPITALS] = Field(
        default="INFO", examples=["INFO"], description="Lowest level that is logged: DEBUG, INFO, WARNING or ERROR."
    )
    format: Annotated[Literal["auto", "json", "console"], IN_SMALL_LETTERS] = Field(
        default="auto", examples=["json"], description="json, console, or auto: JSON when deployed, else console."
    )


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
        default="ignore", examples=["error"], description="What sending does while there is no token: error or ignore."
    )

    @field_validator("bot_token")
    @classmethod
    def _check_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"\d+:[\w-]+", value.get_secret_value()):
            raise ValueError("is no bot token, which is a number, a colon and a key")
        return value

    @field_validator("api_url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        require_host(require_url(value, "http", "https"))
        return value.rstrip("/")


class EventConfig(ConfigPart):
    """Domain events."""

    model_config = SettingsConfigDict(env_prefix="EVENTS_")

    outside_transaction: Annotated[Literal["wrap", "refuse"], IN_SMALL_LETTERS] = Field(
        default="wrap",
        examples=["refuse"],
        description="A durable event emitted outside a transaction: wrap it in one, or refuse it.",
    )


class FeatureConfig(ConfigPart):
    """Feature flags."""

    model_config = SettingsConfigDict(env_prefix="FEATURES_")

    refresh_seconds: float = Field(
        default=1.0,
        gt=0,
        allow_inf_nan=False,
        examples=["1.0"],
        description="Seconds between looks for changed flags.",
    )
    maintenance_retry_seconds: int = Field(
        default=300,
        ge=1,
        examples=["300"],
        description="When clients may come back, as Retry-After says while the site is closed.",
    )


class RateLimitConfig(ConfigPart):
    """Rate limits."""

    model_config = SettingsConfigDict(env_prefix="RATELIMIT_")

    all: str = Field(
        default="",
        examples=["600/m"],
        description="Most requests of one address, whatever it asks for; unset, as many as it likes.",
    )
    processes: int = Field(
        default=1,
        ge=1,
        examples=["4"],
        description="Web processes that share each limit while they cannot ask Redis.",
    )

    @field_validator("all")
    @classmethod
    def _check_rate(cls, value: str) -> str:
        if value and not re.fullmatch(r"[1-9]\d*/([1-9]\d*)?[smhd]", value):
            raise ValueError("is no rate; write it like 600/m or 100/30s")
        return value


class MiddlewareConfig(ConfigPart):
    """One switch per middleware: the configuration decides which are installed."""

    model_config = SettingsConfigDict(env_prefix="MIDDLEWARE_")

    health: bool = Field(default=True, examples=["true"], description="/livez and /readyz.")
    request_id: bool = Field(default=True, examples=["true"], description="Request id and traceparent.")
    client_ip: bool = Field(default=True, examples=["true"], description="The client's address behind proxies.")
    access_log: bool = Field(default=True, examples=["true"], description="One line per request.")
    server_timing: bool = Field(default=True, examples=["true"], description="Server-Timing, in debug mode only.")
    security_headers: bool = Field(
        default=True, examples=["true"], description="Permissions-Policy and Cross-Origin-Resource-Policy."
    )
    timezone: bool = Field(default=True, examples=["true"], description="The visitor's time zone.")
    features: bool = Field(default=True, examples=["true"], description="Feature flags on the request.")
    maintenance: bool = Field(
        default=True, examples=["true"], description="503 while the flag maintenance is on, except to staff."
    )
    direct: bool = Field(
        default=True, examples=["true"], description="Under ASGI, Django's own middlewares without a thread hop each."
    )


PARTS: Final[dict[str, type[ConfigPart]]] = {
    "core": CoreConfig,
    "database": DatabaseConfig,
    "cache": CacheConfig,
    "tasks": TaskConfig,
    "security": SecurityConfig,
    "logging": LoggingConfig,
    "email": EmailConfig,
    "telegram": TelegramConfig,
    "events": EventConfig,
    "features": FeatureConfig,
    "ratelimit": RateLimitConfig,
    "middleware": MiddlewareConfig,
}
