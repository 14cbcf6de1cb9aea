"""The database."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import dj_database_url
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from .credentials import WITH_CREDENTIALS
from .environment import ROOT
from .part import ConfigPart
from .postgresql import DIRECT
from .urls import require_url

# A connection whose other end has vanished, with its host or its network, is found within a minute; by default it takes
# two hours (https://www.postgresql.org/docs/current/libpq-connect.html). The last is in milliseconds.
KEEPALIVES: Final = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


class DatabaseConfig(ConfigPart):
    """Where the data lives; SQLite in the state folder unless ``DATABASE_URL`` says otherwise."""

    model_config = SettingsConfigDict(env_prefix="DATABASE_")

    url: Annotated[SecretStr | None, WITH_CREDENTIALS] = Field(
        default=None,
        examples=["postgres://user:pass@localhost:5432/shop"],
        description="sqlite:///path or postgres://user:pass@host:port/name; unset, SQLite in the state folder.",
    )
    direct_url: Annotated[SecretStr | None, WITH_CREDENTIALS] = Field(
        default=None,
        examples=["postgres://user:pass@localhost:5432/shop"],
        description="Where PostgreSQL itself is, when DATABASE_URL leads to a pooler such as PgBouncer.",
    )
    conn_max_age: int = Field(
        default=0, ge=0, examples=["60"], description="Seconds a connection is kept; 0 uses the pool on PostgreSQL."
    )
    pool_size: int = Field(
        default=16,
        ge=2,
        examples=["32"],
        description="Connections of one process to PostgreSQL; a worker takes more if its threads need them.",
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or value.get_secret_value() == "sqlite://:memory:":
            return value
        parts = require_url(value.get_secret_value(), "postgres", "postgresql", "sqlite")
        if parts.scheme == "sqlite" and parts.netloc:
            raise ValueError("needs three slashes before a path in the project, four before an absolute one")
        if not parts.path.strip("/"):
            raise ValueError("names no database")
        return value

    @field_validator("direct_url")
    @classmethod
    def _check_direct_url(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None:
            return None
        require_url(value.get_secret_value(), "postgres", "postgresql")
        pooler = info.data.get("url", value)
        if pooler is None or not pooler.get_secret_value().startswith("postgres"):
            raise ValueError("is where PostgreSQL is behind a pooler, and DATABASE_URL leads to none")
        return value

    @property
    def vendor(self) -> Literal["sqlite", "postgresql"]:
        """Which database it is."""
        return "sqlite" if self.url is None or self.url.get_secret_value().startswith("sqlite") else "postgresql"

    def django(self, state_dir: Path) -> dict[str, Any]:
        """Return the entry for Django's ``DATABASES``; without a URL the file is in ``state_dir``."""
        url = self.url.get_secret_value() if self.url else "sqlite://:memory:"
        parsed: dict[str, Any] = dict(dj_database_url.parse(url))
        if self.vendor == "sqlite":
            name = str(parsed["NAME"]) if self.url else str(state_dir / "db.sqlite3")
            return parsed | _sqlite(name, state_dir)
        options: dict[str, Any] = {"connect_timeout": 5, **KEEPALIVES}
        if not self.conn_max_age:
            # Django's pool and connections that outlive a request exclude each other.
            options["pool"] = {"min_size": 1, "max_size": self.pool_size, "timeout": 10}
        return (
            parsed
            | {
                "ENGINE": "framework.postgresql",
                "CONN_MAX_AGE": self.conn_max_age,
                # A round trip for each request and task, so that none meets a connection the server has closed.
                "CONN_HEALTH_CHECKS": True,
                "OPTIONS": options | parsed.get("OPTIONS", {}),
            }
            | self._past_pooler()
        )

    def _past_pooler(self) -> dict[str, Any]:
        if self.direct_url is None:
            return {}
        parsed: dict[str, Any] = dict(dj_database_url.parse(self.direct_url.get_secret_value()))
        names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
        return {
            # A cursor of the server belongs to a session.
            "DISABLE_SERVER_SIDE_CURSORS": True,
            DIRECT: {name: parsed[key] for key, name in names.items() if parsed.get(key)} | parsed.get("OPTIONS", {}),
        }


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
