"""The parts of the configuration by name; the smaller ones are declared here, those of requests beside."""

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
from .request_parts import ActivityConfig, FeatureConfig, IdempotencyConfig, MiddlewareConfig, RateLimitConfig
from .urls import require_host, require_url


class CacheConfig(ConfigPart):
    """The cache's tiers; ``REDIS_URL`` swaps the database tier for Redis."""

    redis_url: Annotated[SecretStr | None, WITH_CREDENTIALS] = Field(
        default=None,
        examples=["redis://localhost:6379/0"],
        description="Redis: the shared cache tier; unset, the database is the shared tier.",
    )
    redis_timeout_seconds: float = Field(
        default=0.1,
        gt=0,
        allow_inf_nan=False,
        examples=["0.1"],
        description="Seconds the cache and the rate limits wait for Redis before they go on without it.",
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
    "idempotency": IdempotencyConfig,
    "activity": ActivityConfig,
    "middleware": MiddlewareConfig,
}
