"""Outgoing mail."""

from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from .credentials import WITH_CREDENTIALS
from .part import CommaSeparated, ConfigPart
from .urls import require_host, require_url

LOCAL_SERVER: Final = "smtp://localhost:25"


class EmailConfig(ConfigPart):
    """Outgoing mail; without ``EMAIL_URL``, files in development and the host's own server when deployed."""

    model_config = SettingsConfigDict(env_prefix="EMAIL_")

    url: Annotated[SecretStr | None, WITH_CREDENTIALS] = Field(
        default=None,
        examples=["smtp+tls://user:pass@smtp.example.com:587"],
        description="Mail server: smtp://, smtp+tls:// or smtps://; unset, files, or localhost when deployed.",
    )
    sender: str | None = Field(
        default=None, examples=["shop@example.com"], description="From address; unset, noreply@ the site's domain."
    )
    admins: CommaSeparated = Field(
        default=(),
        examples=["ada@example.com,bob@example.com"],
        description="Who is told of what goes on; unset, the site's contact.",
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            require_host(require_url(value.get_secret_value(), "smtp", "smtp+tls", "smtps"))
        return value

    @field_validator("sender")
    @classmethod
    def _check_sender(cls, value: str | None) -> str | None:
        if value is not None and not _is_address(value):
            raise ValueError("is no mail address")
        return value

    @field_validator("admins")
    @classmethod
    def _check_admins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if not _is_address(address):
                raise ValueError(f"holds {address!r}, which is no mail address")
        return value

    def mailer(self, folder: Path | None) -> dict[str, Any]:
        """Return the entry for Django's ``MAILERS``.

        Without a URL mails become files in ``folder``; without that either, they go to this host's server.
        """
        if self.url is None and folder is not None:
            return {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": folder}}
        url = urlsplit(self.url.get_secret_value() if self.url else LOCAL_SERVER)
        options = {
            "host": url.hostname,
            "port": url.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[url.scheme],
            "username": unquote(url.username or ""),
            "password": unquote(url.password or ""),
            "use_tls": url.scheme == "smtp+tls",
            "use_ssl": url.scheme == "smtps",
            "timeout": 10,
        }
        return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


def _is_address(value: str) -> bool:
    return "@" in value.strip("@") and not any(character in value for character in "\r\n,")
