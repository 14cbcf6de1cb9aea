"""What of a request is its visitor's own, and what of that was read while a page was made.

The request is watched rather than the response guessed from: a page is shared only if nothing was read that may differ
from one visitor to the next and is not part of the page's key.
"""

import copy
from collections.abc import Collection, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, override

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.http.request import HttpHeaders
from django.utils.functional import SimpleLazyObject

#: Of the server or of the address, by which a page is known.
_OF_THE_ADDRESS: Final = frozenset(
    {
        *("CONTENT_LENGTH", "GATEWAY_INTERFACE", "HTTP_HOST", "PATH_INFO", "QUERY_STRING", "REQUEST_METHOD"),
        *("SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE"),
        *("wsgi.errors", "wsgi.file_wrapper", "wsgi.multiprocess", "wsgi.multithread", "wsgi.run_once"),
        *("wsgi.url_scheme", "wsgi.version"),
        # The same in ASGI's words.
        *("asgi", "extensions", "http_version", "method", "path", "raw_path", "root_path", "scheme", "server", "type"),
    }
)
#: What Django itself puts on a request and that is the same for all visitors of an address.
_PLAIN: Final = frozenset(
    {
        *("GET", "POST", "FILES", "LANGUAGE_CODE", "csrf_processing_done", "method", "path", "path_info"),
        *("resolver_match", "script_name", "site", "urlconf", "_current_scheme_host", "_csp_nonce", "_encoding"),
        *("_dont_enforce_csrf_checks", "_files", "_post", "_post_parse_error", "_read_started", "_upload_handlers"),
    }
)
#: What a GET has only by way of its visitor.
_OF_THE_BODY: Final = frozenset({"body", "read", "readline", "readlines", "__iter__", "_stream"})
#: Whole objects, which templates are given and do not always look at.
_LOOKED_AT: Final = frozenset({"session", "user", "_messages"})
_VARIABLES: Final = frozenset({"META", "environ", "scope"})
#: What is made of a header at its first use.
_OF_HEADERS: Final = {
    "COOKIES": "HTTP_COOKIE",
    "accepted_types": "HTTP_ACCEPT",
    "accepted_types_by_precedence": "HTTP_ACCEPT",
}
_AT_FIRST_USE: Final = frozenset({*_OF_HEADERS, "GET", "_current_scheme_host"})
_QUERY: Final = "QUERY_STRING"
_EVERYTHING: Final = "everything"
_OBSERVATION: Final = "_page_observation"


class Watch:
    """Collects in ``reads`` what is read of a request, except headers in ``vary`` and attributes in ``public``."""

    def __init__(self, attributes: Collection[str], vary: Collection[str], public: Collection[str]) -> None:
        self.reads: set[str] = set()
        self._harmless = _OF_THE_ADDRESS | _forwarded() | {HttpHeaders.to_wsgi_name(name) for name in vary}
        #: What middlewares have put there; what the view adds is its own.
        self._attributes = frozenset(attributes) - _PLAIN - frozenset(public)

    def variable(self, name: str) -> None:
        """Note that a variable of the server's was read."""
        if name not in self._harmless:
            self.reads.add(name)

    def attribute(self, name: str) -> None:
        """Note that an attribute was read."""
        if name in self._attributes:
            self.reads.add(name)


class Observation:
    """Tells the watches of a request, of views that may run at the same time, what is read of it."""

    def __init__(self) -> None:
        self.watches: list[Watch] = []
        #: What is to be seen of the query instead of all of it.
        self.query: QueryDict | None = None
        self._shown: dict[str, tuple[Any, Any]] = {}

    def begin(self, watch: Watch) -> None:
        """Tell ``watch``, too, of what is looked at from now on, also of what an outer view has looked at before."""
        self.watches.append(watch)
        self._shown.clear()

    def variable(self, name: str) -> None:
        """Note that a variable of the server's was read."""
        for watch in self.watches:
            watch.variable(name)

    def note(self, what: str) -> None:
        """Note that something was read that nothing makes harmless."""
        for watch in self.watches:
            watch.reads.add(what)

    def attribute(self, name: str, value: Any) -> Any:
        """Return what a view is given for the attribute ``name``."""
        if name in _LOOKED_AT:
            return self._until_looked_at(name, value)
        if name in _VARIABLES:
            return Variables(value, self)
        if name == "GET" and self.query is not None:
            return self.query
        if name in _OF_HEADERS:
            self.variable(_OF_HEADERS[name])
        elif name == "__dict__":
            self.note(_EVERYTHING)
        elif name in _OF_THE_BODY:
            self.note("body")
        else:
            for watch in self.watches:
                watch.attribute(name)
        return value

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

    def __init__(self, variables: MutableMapping[str, Any], observation: Observation) -> None:
        self._variables = variables
        self._observation = observation

    @override
    def __getitem__(self, name: str) -> Any:
        self._observation.variable(name)
        if name == _QUERY and self._observation.query is not None:
            return self._observation.query.urlencode()
        return self._variables[name]

    @override
    def __setitem__(self, name: str, value: Any) -> None:
        self._variables[name] = value

    @override
    def __delitem__(self, name: str) -> None:
        del self._variables[name]

    @override
    def __iter__(self) -> Iterator[str]:
        self._observation.note(_EVERYTHING)
        return iter(self._variables)

    @override
    def __len__(self) -> int:
        self._observation.note(_EVERYTHING)
        return len(self._variables)

    def copy(self) -> dict[str, Any]:
        """Return all of them, as those of a ``dict``."""
        return dict(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return copy.deepcopy(dict(self), memo)

    def __or__(self, other: Any) -> dict[str, Any]:
        return {**self, **other}


class Headers(HttpHeaders):
    """The headers of a request, watched."""

    def __init__(self, variables: MutableMapping[str, Any], observation: Observation) -> None:
        super().__init__(variables)
        self._observation = observation

    @override
    def __getitem__(self, key: str) -> str:
        self._observation.variable(self.to_wsgi_name(key))
        return super().__getitem__(key)

    @override
    def __iter__(self) -> Iterator[str]:
        self._observation.note(_EVERYTHING)
        return super().__iter__()

    @override
    def __len__(self) -> int:
        self._observation.note(_EVERYTHING)
        return super().__len__()

    @override
    def __eq__(self, other: object) -> bool:
        self._observation.note(_EVERYTHING)
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]

    @override
    def __repr__(self) -> str:
        self._observation.note(_EVERYTHING)
        return super().__repr__()


@contextmanager
def watched(
    request: HttpRequest, *, vary: Collection[str], public: Collection[str], query: Sequence[str] | None
) -> Iterator[Watch]:
    """Watch ``request`` during the block, in which only the parameters in ``query`` are there; ``None`` for all."""
    everything, attributes = unwatched(request).GET, _attributes_of(request)
    observation: Observation = attributes.setdefault(_OBSERVATION, Observation())
    before = observation.query
    if query is not None:
        observation.query = _only(everything, query)
    watch = Watch(frozenset(attributes) - {_OBSERVATION}, vary, public)
    observation.begin(watch)
    request.__class__ = _watched_class(_unwatched_class(request))  # type: ignore[arg-type]
    try:
        yield watch
    finally:
        observation.watches.remove(watch)
        observation.query = before
        if not observation.watches:
            request.__class__ = _unwatched_class(request)
            attributes.pop(_OBSERVATION, None)


def is_watched(request: HttpRequest) -> bool:
    """Tell whether a page is being made of ``request``."""
    return _OBSERVATION in _attributes_of(request)


def unwatched(request: HttpRequest) -> HttpRequest:
    """Return ``request``, or what it was before it was watched: reading that tells nobody."""
    if not is_watched(request):
        return request
    original = _unwatched_class(request)
    plain = original.__new__(original)
    vars(plain).update({name: value for name, value in _attributes_of(request).items() if name != _OBSERVATION})
    return plain


def _attributes_of(request: HttpRequest) -> dict[str, Any]:
    found: dict[str, Any] = object.__getattribute__(request, "__dict__")
    return found


def _unwatched_class(request: HttpRequest) -> type[HttpRequest]:
    found: type[HttpRequest] = getattr(type(request), "unwatched", type(request))
    return found


@cache
def _watched_class(original: type[HttpRequest]) -> type[HttpRequest]:
    """Return a class of requests that tell what is read of them."""

    class Watched(original):  # type: ignore[misc, valid-type]
        unwatched = original

        @override
        def __getattribute__(self, name: str) -> Any:
            attributes = _attributes_of(self)
            observation: Observation | None = attributes.get(_OBSERVATION)
            if observation is None:
                # A copy that the view has made.
                return super().__getattribute__(name)
            if name == "headers":
                return Headers(attributes["META"], observation)
            if name in _AT_FIRST_USE and name not in attributes:
                # By way of what is watched, all of it would be read.
                attributes[name] = getattr(unwatched(self), name)
            return observation.attribute(name, super().__getattribute__(name))

    Watched.__name__, Watched.__qualname__ = original.__name__, original.__qualname__
    return Watched


def _only(everything: QueryDict, names: Collection[str]) -> QueryDict:
    found = QueryDict(mutable=True, encoding=everything.encoding)
    for name in everything:
        if name in names:
            found.setlist(name, everything.getlist(name))
    found._mutable = False
    return found


def _forwarded() -> set[str]:
    """Return the variables from which, too, Django takes the address."""
    by_proxy: tuple[str, str] | None = settings.SECURE_PROXY_SSL_HEADER
    told = {
        "HTTP_X_FORWARDED_HOST": settings.USE_X_FORWARDED_HOST,
        "HTTP_X_FORWARDED_PORT": settings.USE_X_FORWARDED_PORT,
        by_proxy[0] if by_proxy else "": by_proxy,
    }
    return {name for name, is_told in told.items() if is_told}
