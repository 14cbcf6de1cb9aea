"""``@cached``: keep what a function returned."""

from collections.abc import Callable, Coroutine, Sequence
from inspect import iscoroutinefunction
from typing import Any, Protocol, cast, overload

from django.db.models import Model

from .async_decorator import AsyncCachedFunction
from .background import recompute
from .bypass import is_bypassed
from .dependencies import depend_on
from .duration import Duration, seconds
from .flight import compute_once
from .kept_function import KeptFunction
from .results import Kept, Lifetime
from .template import Call


class CachedFunction[**P, R](KeptFunction[P, R]):
    """A function whose results are kept; called like the function itself."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the kept result, or compute it: once, however many ask."""
        call = self._template.fill(args, kwargs)
        if is_bypassed(call):
            return self.function(*args, **kwargs)
        kept = self._results.look(call)
        self._count(kept)
        if kept is None:
            return cast(
                "R",
                compute_once(
                    self._results.lease(call),
                    lambda: self._compute(call, args, kwargs),
                    lambda: self._results.found(call),
                ),
            )
        if self._results.is_due(kept):
            recompute(self._results.lease_again(call), lambda: self._compute_instead(kept, call, args, kwargs))
        return cast("R", kept.result)

    def refresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute and store, whatever is kept."""
        return self._compute(self._template.fill(args, kwargs), args, kwargs)

    def bypass(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute without looking or storing."""
        return self.function(*args, **kwargs)

    def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Forget the result of one call."""
        self._results.forget(self._template.fill(args, kwargs))

    def _compute_instead(self, kept: Kept, call: Call, args: Any, kwargs: Any) -> None:
        now = self._results.look(call)
        # Unless somebody else has stored another one since.
        if now is not None and now.good_until == kept.good_until:
            self._compute(call, args, kwargs)

    def _compute(self, call: Call, args: Any, kwargs: Any) -> R:
        # Before the computation: what changes while it runs leaves its result outdated.
        before = self._results.state(call)
        result = self.function(*args, **kwargs)
        self._results.store(call, result, before)
        return result


class Decorate(Protocol):
    """What ``cached(...)`` returns."""

    @overload
    def __call__[**P, R](  # type: ignore[overload-overlap]  # an async function is the narrower case
        self, function: Callable[P, Coroutine[Any, Any, R]], /
    ) -> AsyncCachedFunction[P, R]: ...
    @overload
    def __call__[**P, R](self, function: Callable[P, R], /) -> CachedFunction[P, R]: ...


def cached(
    *,
    ttl: Duration | None,
    key: str,
    tags: Sequence[str] = (),
    depends_on: Sequence[type[Model] | str] = (),
    stale: Duration | None = None,
    ttl_of_none: Duration | None = None,
    early: float = 1.0,
) -> Decorate:
    """Keep the results of a function for ``ttl`` (``"10m"``, seconds, a ``timedelta``, ``None`` for ever).

    ``key`` and ``tags`` are templates over the function's parameters: ``key="order:{order_id}"``. ``depends_on``
    names models, ``Order`` or ``"orders.Order"``, any change of which outdates the results after its commit, or a row
    of one, ``"orders.Order:{order_id}"``.

    For ``stale`` after its end a result is still served, while it is computed anew in the background, or because that
    failed. A result that took long is computed anew before its end, the sooner the larger ``early``; 0 never. The
    result ``None`` is kept for ``ttl_of_none`` if that is given.

    Raises :class:`InvalidKeyTemplateError` or :class:`InvalidTTLError` when the function is decorated.
    """
    lifetime = Lifetime(
        ttl=seconds(ttl),
        stale=seconds(stale) or 0.0,
        ttl_of_none=seconds(ttl_of_none),
        early=early,
    )
    all_tags = (*tags, *depend_on(depends_on))

    def decorate(function: Callable[..., Any], /) -> Any:
        kind = AsyncCachedFunction if iscoroutinefunction(function) else CachedFunction
        return kind(function, lifetime=lifetime, key=key, tags=all_tags)

    return cast("Decorate", decorate)
