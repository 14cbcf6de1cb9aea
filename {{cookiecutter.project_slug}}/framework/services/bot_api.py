"""Calls of the Telegram Bot API (https://core.telegram.org/bots/api) over HTTP."""

import base64
from functools import cache
from ssl import SSLContext
from typing import Any, Final

import httpx

from framework.conf import TelegramConfig

from .calls import Call
from .exceptions import TelegramBusyError, TelegramError, TelegramRefusedError

TIMEOUT_SECONDS: Final = 10
# Sending a file takes longer than sending a sentence.
UPLOAD_SECONDS: Final = 60


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
