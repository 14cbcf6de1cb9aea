"""User names and passwords in URLs, written as they are."""

import re
from typing import Final
from urllib.parse import quote

from pydantic import AfterValidator, SecretStr

_HOST: Final = re.compile(r"(\[[^\[\]]*\]|[^:]+)(:\d*)?")


def encode_credentials(url: str) -> str:
    """Return ``url`` with the special characters of its user name and password percent-encoded (RFC 3986, 3.2.1).

    What is encoded already stays so. A ``/``, ``?`` or ``#`` before the ``@`` belongs to the password if what comes
    before it cannot be a host; where it could, the URL is left as it is.
    """
    scheme, separator, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    end = authority.rfind("@")
    if end < 0 and ":" in authority and not all(_HOST.fullmatch(host) for host in authority.split(",")):
        end = rest.rfind("@")
    if end < 0 or not separator:
        return url
    user, colon, password = rest[:end].partition(":")
    return f"{scheme}://{_encode(user)}{colon}{_encode(password)}{rest[end:]}"


def _encode(text: str) -> str:
    # A space or a line break is a slip more often than a part of a password, and is told of elsewhere.
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text), safe="% \t\r\n")


def _encode_secret(value: SecretStr | None) -> SecretStr | None:
    return value and SecretStr(encode_credentials(value.get_secret_value()))


#: For the field of a URL that may hold credentials.
WITH_CREDENTIALS = AfterValidator(_encode_secret)
