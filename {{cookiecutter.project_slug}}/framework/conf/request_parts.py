"""The parts of the configuration that concern requests."""

import re

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from .part import ConfigPart


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


class IdempotencyConfig(ConfigPart):
    """Requests that may be sent again."""

    model_config = SettingsConfigDict(env_prefix="IDEMPOTENCY_")

    hold_seconds: int = Field(
        default=120, ge=1, examples=["120"], description="When a request that was not heard of is taken for dead."
    )
    keep_hours: int = Field(default=24, ge=1, examples=["24"], description="How long a response is kept.")
    most_bytes: int = Field(
        default=262_144, ge=0, examples=["262144"], description="The longest response that is kept, in bytes."
    )
    keys_per_owner: int = Field(
        default=10_000, ge=1, examples=["10000"], description="About how many keys of one user are kept."
    )


class ActivityConfig(ConfigPart):
    """When users were last seen."""

    model_config = SettingsConfigDict(env_prefix="ACTIVITY_")

    write_seconds: float = Field(
        default=30.0,
        gt=0,
        allow_inf_nan=False,
        examples=["30.0"],
        description="How long a process collects sightings of users before it writes them.",
    )


class MiddlewareConfig(ConfigPart):
    """One switch per middleware: the configuration decides which are installed."""

    model_config = SettingsConfigDict(env_prefix="MIDDLEWARE_")

    health: bool = Field(default=True, examples=["true"], description="/livez and /readyz.")
    request_id: bool = Field(default=True, examples=["true"], description="Request id and traceparent.")
    client_ip: bool = Field(default=True, examples=["true"], description="The client's address behind proxies.")
    access_log: bool = Field(default=True, examples=["true"], description="One line per request.")
    server_timing: bool = Field(
        default=True, examples=["true"], description="Server-Timing, for developers and who may see it."
    )
    security_headers: bool = Field(
        default=True, examples=["true"], description="Permissions-Policy and Cross-Origin-Resource-Policy."
    )
    timezone: bool = Field(default=True, examples=["true"], description="The visitor's time zone.")
    locale: bool = Field(default=False, examples=["true"], description="The visitor's language, of those in LANGUAGES.")
    features: bool = Field(default=True, examples=["true"], description="Feature flags on the request.")
    activity: bool = Field(default=True, examples=["true"], description="When each user was last seen.")
    idempotency: bool = Field(
        default=True, examples=["true"], description="Idempotency-Key on POST, PUT, PATCH and DELETE."
    )
    maintenance: bool = Field(
        default=True, examples=["true"], description="503 while the flag maintenance is on, except to staff."
    )
    query_budget: int | None = Field(
        default=None,
        ge=0,
        examples=["50"],
        description="Most queries of a request, for developers and tests; unset, 50 in debug mode; 0 for no bound.",
    )
    n_plus_one: bool | None = Field(
        default=None,
        examples=["true"],
        description="Whether queries in a loop are told to developers and fail tests; unset, in debug mode.",
    )
    lean: bool = Field(
        default=False, examples=["true"], description="Under ASGI, no thread hop of Django's handler; for async views."
    )
    direct: bool = Field(
        default=True, examples=["true"], description="Under ASGI, Django's own middlewares without a thread hop each."
    )
