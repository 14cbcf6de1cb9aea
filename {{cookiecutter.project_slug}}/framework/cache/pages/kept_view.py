"""A view whose pages are kept."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final, cast

from asgiref.sync import sync_to_async
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils.cache import patch_vary_headers

from framework.cache.async_flight import acompute_once
from framework.cache.background import arecompute, recompute
from framework.cache.bypass import is_bypassed
from framework.cache.envelope import MISSING
from framework.cache.flight import compute_once
from framework.cache.known_tags import declare_tags
from framework.cache.results import Kept, Results, State as Before
from framework.cache.template import Call, CallTemplate
from framework.logs import get_logger

from .content import Page, unshareable
from .identity import Identity, may_be_shared
from .lifetime import PageLifetime, State
from .personal import Watch, unwatched, watched

#: Raised, these are answers rather than failures: Django makes 403, 404 and 400 of them.
_ANSWERS: Final = (Http404, PermissionDenied, SuspiciousOperation, BadRequest)

logger = get_logger(__name__)


class NotKeptError(Exception):
    """Carries a response that is nobody else's past those who wait for a page."""

    def __init__(self, request: HttpRequest, response: HttpResponseBase) -> None:
        super().__init__(f"{request.path} was answered with status {response.status_code}")
        self.request = request
        self.response = response


class FailedError(NotKeptError):
    """The response has status 5xx."""


class RaisedError(NotKeptError):
    """The view raised ``error``, which is nobody else's either."""

    def __init__(self, request: HttpRequest, error: Exception) -> None:
        super().__init__(request, HttpResponse(status=500))
        self.error = error


def as_get(request: HttpRequest) -> HttpRequest:
    """Return a request for the page itself, to be answered after ``request`` was, which may be for its headers only."""
    plain = unwatched(request)
    copied = type(plain).__new__(type(plain))
    vars(copied).update(vars(plain))
    copied.method = "GET"
    copied.META = plain.META | {"REQUEST_METHOD": "GET"}
    if "environ" in vars(request):
        vars(copied)["environ"] = copied.META
    return copied


def answer_carried_by(error: Exception, request: HttpRequest) -> HttpResponseBase | None:
    """Return the response to ``request``, or raise what its view did; ``None`` if it was somebody else's to get."""
    if not isinstance(error, NotKeptError):
        raise error
    if error.request is not request:
        return None
    if isinstance(error, RaisedError):
        raise error.error from None
    return error.response


def has_failed(error: Exception) -> bool:
    """Tell whether ``error`` leaves the page that is there in its place."""
    if isinstance(error, RaisedError):
        return not isinstance(error.error, _ANSWERS)
    return isinstance(error, FailedError) or not isinstance(error, NotKeptError)


class PageKeeper:
    """What views in threads and on event loops have in common."""

    def __init__(
        self,
        view: Callable[..., Any],
        lifetime: PageLifetime,
        identity: Identity,
        tags: Sequence[str],
        public: Collection[str],
    ) -> None:
        self.view = view
        self.lifetime = lifetime
        self.results = Results(lifetime.of_results)
        self._identity = identity
        self._public = public
        self._name = f"{view.__module__}.{getattr(view, '__qualname__', type(view).__qualname__)}"
        self._template = CallTemplate(view, key="page", tags=tags)
        declare_tags(tags)

    def call(self, request: Any, args: Any, kwargs: Any) -> Call | None:
        """Return what the page of ``request`` is known by; ``None`` if the view has to answer."""
        # A wrapper of a request cannot be watched.
        if not isinstance(request, HttpRequest) or not may_be_shared(plain := unwatched(request)):
            return None
        asked = f"{self._name}{args!r}{sorted(kwargs.items())!r}"
        call = Call(self._identity.key(plain, asked), self._template.fill((request, *args), kwargs).tags)
        return None if is_bypassed(call) else call

    def read(self, kept: Kept | None) -> tuple[State, Page | None]:
        """Return what is there."""
        state = self.lifetime.state(kept)
        return state, Page(*kept.result) if kept is not None and kept.result is not None else None

    def found(self, kept: Kept | None) -> Any:
        """Return the page that somebody else has made meanwhile, or ``MISSING``."""
        is_there = self.lifetime.state(kept) in (State.GOOD, State.STALE)
        return kept.result if kept is not None and is_there else MISSING

    def watched(self, request: HttpRequest) -> AbstractContextManager[Watch]:
        """Watch what is read of ``request`` while its page is made."""
        return watched(request, vary=self._identity.vary, public=self._public, query=self._identity.query)

    def raised(self, call: Call, before: Before, request: HttpRequest, error: Exception) -> RaisedError:
        """Return what carries ``error`` to the one who asked; a page that is refused is there no more."""
        if isinstance(error, _ANSWERS):
            self.results.store(call, None, before)
        return RaisedError(request, error)

    def keep(
        self, call: Call, before: Before, request: HttpRequest, response: HttpResponseBase, reads: Collection[str]
    ) -> Page:
        """Keep ``response``, for which ``reads`` were read, and return it as a page; raises :class:`NotKeptError`."""
        if response.status_code >= 500:
            raise FailedError(request, response)
        if reason := ", ".join(sorted(reads)) or unshareable(unwatched(request), response, self._identity.vary):
            logger.debug("page_not_shared", path=request.path, because=reason)
            self.results.store(call, None, before)
            raise NotKeptError(request, response)
        if self._identity.vary:
            patch_vary_headers(response, self._identity.vary)
        page = Page.of(cast("HttpResponse", response), control=self.lifetime.control)
        self.results.store(call, tuple(page), before)
        return page


class KeptView(PageKeeper):
    """A view that runs in a thread."""

    def serve(self, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponseBase:
        """Answer with the page, or make it: once, however many ask."""
        call = self.call(request, args, kwargs)
        if call is None:
            return self._ask(request, args, kwargs)
        kept = self.results.look(call)
        state, page = self.read(kept)
        if page is not None and state is not State.OVER:
            if kept is not None and self.results.is_due(kept):
                aside = partial(self._make_aside, call, as_get(request), args, kwargs)
                recompute(self.results.lease_again(call), aside)
            return page.answer(request, "hit" if state is State.GOOD else "stale")
        if request.method == "HEAD":
            return self._ask(request, args, kwargs)
        try:
            return self._new(state, call, request, args, kwargs).answer(request, "miss")
        except Exception as error:  # noqa: BLE001 - raised again unless it carries an answer
            if page is not None and has_failed(error):
                return page.answer(request, "stale")
            response = answer_carried_by(error, request)
            return response if response is not None else self._ask(request, args, kwargs)

    def _new(self, state: State, call: Call, request: HttpRequest, args: Any, kwargs: Any) -> Page:
        make = partial(self._make, call, request, args, kwargs)
        if state is State.PASSED:
            return make()
        return Page(*compute_once(self.results.lease(call), make, lambda: self.found(self.results.look(call))))

    def _make(self, call: Call, request: HttpRequest, args: Any, kwargs: Any) -> Page:
        # Before the view: what changes while it runs leaves its page outdated.
        before = self.results.state(call)
        try:
            with self.watched(request) as watch:
                response = self._ask(request, args, kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response = response.render()
        except Exception as error:
            raise self.raised(call, before, request, error) from error
        return self.keep(call, before, request, response, watch.reads)

    def _make_aside(self, call: Call, request: HttpRequest, args: Any, kwargs: Any) -> None:
        try:
            self._make(call, request, args, kwargs)
        except NotKeptError as error:
            if has_failed(error):
                raise

    def _ask(self, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponseBase:
        return cast("HttpResponseBase", self.view(request, *args, **kwargs))


class AsyncKeptView(PageKeeper):
    """A view that runs on the event loop; a page in memory costs no thread hop."""

    async def serve(self, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponseBase:
        """Answer with the page, or make it: once, however many ask."""
        call = self.call(request, args, kwargs)
        if call is None:
            return await self._ask(request, args, kwargs)
        kept = await self.results.alook(call)
        state, page = self.read(kept)
        if page is not None and state is not State.OVER:
            if kept is not None and self.results.is_due(kept):
                aside = partial(self._make_aside, call, as_get(request), args, kwargs)
                arecompute(await sync_to_async(self.results.lease_again)(call), aside)
            return page.answer(request, "hit" if state is State.GOOD else "stale")
        if request.method == "HEAD":
            return await self._ask(request, args, kwargs)
        try:
            return (await self._new(state, call, request, args, kwargs)).answer(request, "miss")
        except Exception as error:  # noqa: BLE001 - raised again unless it carries an answer
            if page is not None and has_failed(error):
                return page.answer(request, "stale")
            response = answer_carried_by(error, request)
            return response if response is not None else await self._ask(request, args, kwargs)

    async def _new(self, state: State, call: Call, request: HttpRequest, args: Any, kwargs: Any) -> Page:
        make = partial(self._make, call, request, args, kwargs)
        if state is State.PASSED:
            return await make()

        async def look() -> Any:
            return self.found(await self.results.alook(call))

        lease = await sync_to_async(self.results.lease)(call)
        return Page(*await acompute_once(lease, make, look))

    async def _make(self, call: Call, request: HttpRequest, args: Any, kwargs: Any) -> Page:
        before = await sync_to_async(self.results.state)(call)
        try:
            with self.watched(request) as watch:
                response = await self._ask(request, args, kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response = await sync_to_async(response.render)()
        except Exception as error:
            raise await sync_to_async(self.raised)(call, before, request, error) from error
        return await sync_to_async(self.keep)(call, before, request, response, watch.reads)

    async def _make_aside(self, call: Call, request: HttpRequest, args: Any, kwargs: Any) -> None:
        try:
            await self._make(call, request, args, kwargs)
        except NotKeptError as error:
            if has_failed(error):
                raise

    async def _ask(self, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponseBase:
        return cast("HttpResponseBase", await self.view(request, *args, **kwargs))
