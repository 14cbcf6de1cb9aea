"""What a page is known by."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation

from framework.cache.keys import hashed

_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
#: Credentials, a part of a page, and a body, which GET may have.
_OWN_HEADERS: Final = ("Authorization", "Range", "Transfer-Encoding")
_NO_BODY: Final = frozenset({None, "", "0"})


def may_be_shared(request: HttpRequest) -> bool:
    """Tell whether the answer to ``request`` may be one that somebody else got."""
    return request.method in _SAFE_METHODS and not (
        any(name in request.headers for name in _OWN_HEADERS)
        or request.META.get("CONTENT_LENGTH") not in _NO_BODY
        # By it the query would be read in another way.
        or "charset" in (request.content_params or {})
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """The headers a page varies by, and the parameters of the query that count; ``None`` for all."""

    vary: tuple[str, ...]
    query: tuple[str, ...] | None

    def key(self, request: HttpRequest, view: str) -> str:
        """Return the key of the page: its whole address, the headers, the language and the time zone.

        ``view`` says who makes it of what: several views may answer at one address.
        """
        parts = [view, self._address(request), *(f"{name}={request.headers.get(name, '')}" for name in self.vary)]
        if settings.USE_I18N:
            parts.append(translation.get_language() or "")
        if settings.USE_TZ:
            parts.append(timezone.get_current_timezone_name())
        digest = hashed("\n".join(parts))
        return f"page:{digest}"

    def _address(self, request: HttpRequest) -> str:
        # As the view is told of it: Django's absolute address has no dots any more.
        if self.query is None:
            return f"{request.scheme}://{request.get_host()}{request.get_full_path()}"
        counted = [(name, value) for name in self.query for value in request.GET.getlist(name)]
        return f"{request.scheme}://{request.get_host()}{request.path}?{urlencode(counted)}"
