"""Outgoing mail."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from .part import ConfigPart
from .urls import require_host, require_url


class EmailConfig(ConfigPart):
    """Outgoing mail; files in the state folder unless ``EMAIL_URL`` names a server."""

    model_config = SettingsConfigDict(env_prefix="EMAIL_")

    url: SecretStr | None = Field(
        default=None,
        examples=["smtp+tls://user:pass@smtp.example.com:587"],
        description="Mail server: smtp://, smtp+tls:// or smtps://; unset, mails are files in the state folder.",
    )
    sender: str | None = Field(
        default=None, examples=["shop@example.com"], description="From address; unset, noreply@ the site's domain."
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
        if value is not None and ("@" not in value.strip("@") or any(character in value for character in "\r\n,")):
            raise ValueError("is no mail address")
        return value

    def mailer(self, folder: Path) -> dict[str, Any]:
        """Return the entry for Django's ``MAILERS``; without a server, mails become files in ``folder``."""
        if self.url is None:
            return {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": folder}}
        url = urlsplit(self.url.get_secret_value())
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
