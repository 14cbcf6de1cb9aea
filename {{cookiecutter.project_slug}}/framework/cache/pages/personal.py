"""What of a request is its visitor's own, and what of that was read while a page was made.

The request is watched rather than the response guessed from: a page is shared only if nothing was read that may differ
from one visitor to the next and is not part of the page's key.
"""

from collections.abc import Collection, Iterator, MutableMapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, override

from django.conf import settings
from django.http import HttpRequest
from django.http.request import HttpHeaders
from django.utils.functional import SimpleLazyObject

#: Of the server or of the address, by which a page is known.
_OF_THE_ADDRESS: Final = frozenset(
    {
        *("CONTENT_LENGTH", "CONTENT_TYPE", "GATEWAY_INTERFACE", "HTTP_HOST", "PATH_INFO", "QUERY_STRING"),
        *("REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE"),
        # The same in ASGI's words.
        *("asgi", "extensions", "http_version", "method", "path", "query_string", "raw_path", "root_path", "scheme"),
        *("server", "type"),
    }
)
#: What Django itself puts on a request and that is the same for all visitors of an address. Private names are those of
#: whoever has set them.
_PLAIN: Final = frozenset(
    {
        *("GET", "POST", "FILES", "LANGUAGE_CODE", "content_params", "content_type", "csrf_processing_done"),
        *("encoding", "method", "path", "path_info", "resolver_match", "script_name", "site", "urlconf"),
    }
)
#: Whole objects, which templates are given and do not always look at.
_LOOKED_AT: Final = frozenset({"session", "user", "_messages"})
_VARIABLES: Final = frozenset({"META", "environ", "scope"})
#: What is made of a header at its first use.
_OF_HEADERS: Final = {
    "COOKIES": "HTTP_COOKIE",
    "accepted_types": "HTTP_ACCEPT",
    "accepted_types_by_precedence": "HTTP_ACCEPT",
}
_EVERYTHING: Final = "everything"
_WATCH: Final = "_page_watch"


class Watch:
    """Collects in ``reads`` what is read of a request, except headers in ``vary`` and attributes in ``public``.

    What an ``outer`` watch, of a view that calls this one, may know does not depend on this one's exceptions.
    """

    def __init__(
        self, attributes: Collection[str], vary: Collection[str], public: Collection[str], outer: "Watch | None"
    ) -> None:
        self.reads: set[str] = set()
        self.outer = outer
        self._harmless = _OF_THE_ADDRESS | _forwarded() | {HttpHeaders.to_wsgi_name(name) for name in vary}
        #: What middlewares have put there; what the view adds is its own.
        self._attributes = frozenset(attributes) - _PLAIN - frozenset(public)
        self._shown: dict[str, tuple[Any, Any]] = {}

    def attribute(self, name: str, value: Any) -> Any:
        """Return what the view is given for the attribute ``name`` of the request."""
        if name in _LOOKED_AT:
            return self._until_looked_at(name, value)
        if name in _VARIABLES:
            return Variables(value, self)
        if name in _OF_HEADERS:
            self.variable(_OF_HEADERS[name])
        elif name == "__dict__":
            self.note(_EVERYTHING)
        else:
            self._attribute(name)
        return value

    def variable(self, name: str) -> None:
        """Note that a variable of the server's was read."""
        if self.outer is not None:
            self.outer.variable(name)
        if name not in self._harmless and not name.startswith("wsgi."):
            self.reads.add(name)

    def note(self, what: str) -> None:
        """Note that something was read that nothing makes harmless."""
        if self.outer is not None:
            self.outer.note(what)
        self.reads.add(what)

    def _attribute(self, name: str) -> None:
        if self.outer is not None:
            self.outer._attribute(name)
        if name in self._attributes and not name.startswith("_"):
            self.reads.add(name)

    def _until_looked_at(self, name: str, value: Any) -> Any:
        shown = self._shown.get(name)
        if shown is None or shown[0] is not value:

            def look() -> Any:
                self.note(name.strip("_"))
                return value

            shown = self._shown[name] = (value, SimpleLazyObject(look))
        return shown[1]


class Variables(MutableMapping[str, Any]):
    """The variables of a request, watched."""

    def __init__(self, variables: MutableMapping[str, Any], watch: Watch) -> None:
        self._variables = variables
        self._watch = watch

    @override
    def __getitem__(self, name: str) -> Any:
        self._watch.variable(name)
        return self._variables[name]

    @override
    def __setitem__(self, name: str, value: Any) -> None:
        self._variables[name] = value

    @override
    def __delitem__(self, name: str) -> None:
        del self._variables[name]

    @override
    def __iter__(self) -> Iterator[str]:
        self._watch.note(_EVERYTHING)
        return iter(self._variables)

    @override
    def __len__(self) -> int:
        self._watch.note(_EVERYTHING)
        return len(self._variables)

    def copy(self) -> dict[str, Any]:
        """Return all of them, as those of a ``dict``."""
        return dict(self)


class Headers(HttpHeaders):
    """The headers of a request, watched."""

    def __init__(self, variables: MutableMapping[str, Any], watch: Watch) -> None:
        super().__init__(variables)
        self._watch = watch

    @override
    def __getitem__(self, key: str) -> str:
        self._watch.variable(self.to_wsgi_name(key))
        return super().__getitem__(key)

    @override
    def __iter__(self) -> Iterator[str]:
        self._watch.note(_EVERYTHING)
        return super().__iter__()

    @override
    def __len__(self) -> int:
        self._watch.note(_EVERYTHING)
        return super().__len__()


@contextmanager
def watched(request: HttpRequest, *, vary: Collection[str], public: Collection[str]) -> Iterator[Watch]:
    """Watch ``request`` during the block."""
    # It is made at its first use, by way of what is watched.
    request.GET  # noqa: B018
    attributes = object.__getattribute__(request, "__dict__")
    original, outer = type(request), attributes.get(_WATCH)
    attributes[_WATCH] = watch = Watch(attributes, vary, public, outer)
    request.__class__ = _watched_class(original)  # type: ignore[arg-type]
    try:
        yield watch
    finally:
        request.__class__ = original
        attributes[_WATCH] = outer


@cache
def _watched_class(original: type[HttpRequest]) -> type[HttpRequest]:
    """Return a class of requests that tell what is read of them; ``original`` itself if it is such a one."""
    if getattr(original, "is_watched", False):
        return original

    class Watched(original):  # type: ignore[misc, valid-type]
        is_watched = True

        @override
        def __getattribute__(self, name: str) -> Any:
            attributes = object.__getattribute__(self, "__dict__")
            watch: Watch = attributes[_WATCH]
            if name == "headers":
                return Headers(attributes["META"], watch)
            if name in _OF_HEADERS and name not in attributes:
                # By way of what is watched it would be made of all headers.
                attributes[name] = getattr(_unwatched(attributes, original), name)
            return watch.attribute(name, super().__getattribute__(name))

    Watched.__name__, Watched.__qualname__ = original.__name__, original.__qualname__
    return Watched


def _unwatched(attributes: dict[str, Any], original: type[HttpRequest]) -> HttpRequest:
    request = original.__new__(original)
    vars(request).update(attributes)
    return request


def _forwarded() -> set[str]:
    """Return the variables from which, too, Django takes the address."""
    by_proxy: tuple[str, str] | None = settings.SECURE_PROXY_SSL_HEADER
    told = {
        "HTTP_X_FORWARDED_HOST": settings.USE_X_FORWARDED_HOST,
        "HTTP_X_FORWARDED_PORT": settings.USE_X_FORWARDED_PORT,
        by_proxy[0] if by_proxy else "": by_proxy,
    }
    return {name for name, is_told in told.items() if is_told}
