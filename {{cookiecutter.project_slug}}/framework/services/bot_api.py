"""Calls of the Telegram Bot API (https://core.telegram.org/bots/api) over HTTP."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from ssl import SSLContext
from typing import Any, Final, Self

import httpx

from framework.conf import TelegramConfig

from .exceptions import TelegramBusyError, TelegramError, TelegramRefusedError

TIMEOUT_SECONDS: Final = 10
# Sending a file takes longer than sending a sentence.
UPLOAD_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that goes along with a call; ``content`` is base64, so that a task can carry it."""

    field: str
    name: str
    content: str

    @classmethod
    def of(cls, field: str, file: bytes | Path, name: str = "") -> Self:
        """Read ``file``; raises ``OSError`` when it cannot be read."""
        content = file.read_bytes() if isinstance(file, Path) else file
        name = name or (file.name if isinstance(file, Path) else field)
        return cls(field=field, name=name, content=base64.b64encode(content).decode("ascii"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a method; made of JSON values alone."""

    method: str
    parameters: dict[str, Any]
    upload: Upload | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` takes."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return the call that ``value`` was made of."""
        upload = value["upload"]
        return cls(**{**value, "upload": Upload(**upload) if upload else None})


def make(call: Call, config: TelegramConfig) -> Any:
    """Return the result of ``call``.

    Raises :class:`TelegramBusyError` when it must wait, :class:`TelegramRefusedError` when it will never be
    taken, and :class:`TelegramError` when Telegram could not be reached. None of them tells the token.
    """
    token = config.bot_token.get_secret_value() if config.bot_token else ""
    try:
        response = httpx.post(
            f"{config.api_url}/bot{token}/{call.method}",
            verify=_certificates(),
            **_body(call),
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Not chained: the error's request has the token in its address.
        raise TelegramError(f"Telegram could not be reached: {type(error).__name__}") from None
    return _result(response)


def _body(call: Call) -> dict[str, Any]:
    if call.upload is None:
        return {"json": call.parameters, "timeout": TIMEOUT_SECONDS}
    file = (call.upload.name, base64.b64decode(call.upload.content))
    return {"data": call.parameters, "files": {call.upload.field: file}, "timeout": UPLOAD_SECONDS}


def _result(response: httpx.Response) -> Any:
    try:
        answer = response.json()
    except ValueError:
        answer = {}
    if response.is_success and answer.get("ok"):
        return answer["result"]
    reason = answer.get("description", f"status {response.status_code}")
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise TelegramBusyError(int(answer.get("parameters", {}).get("retry_after", 1)))
    if response.is_client_error:
        raise TelegramRefusedError(f"Telegram refused the message: {reason}")
    raise TelegramError(f"Telegram could not send the message: {reason}")


@cache
def _certificates() -> SSLContext:
    # Reading the certificates takes longer than a message.
    return httpx.create_ssl_context()
