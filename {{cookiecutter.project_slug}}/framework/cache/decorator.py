"""``@cached``: keep what a function returned."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import Any, Protocol, cast, overload

from .async_decorator import AsyncCachedFunction
from .bypass import is_bypassed
from .duration import seconds
from .envelope import MISSING
from .flight import compute_once
from .kept_function import KeptFunction
from .template import Call


class CachedFunction[**P, R](KeptFunction[P, R]):
    """A function whose results are kept; called like the function itself."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the kept result, or compute it: once, however many ask."""
        call = self._template.fill(args, kwargs)
        if is_bypassed(call):
            return self.function(*args, **kwargs)
        found = self._results.look(call)
        if found is MISSING:
            found = compute_once(
                self._results.lease(call),
                lambda: self._compute(call, args, kwargs),
                lambda: self._results.look(call),
            )
        return cast("R", found)

    def refresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute and store, whatever is kept."""
        return self._compute(self._template.fill(args, kwargs), args, kwargs)

    def bypass(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute without looking or storing."""
        return self.function(*args, **kwargs)

    def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Forget the result of one call."""
        self._results.forget(self._template.fill(args, kwargs))

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


def cached(*, ttl: str | float | timedelta | None, key: str, tags: Sequence[str] = ()) -> Decorate:
    """Keep the results of a function for ``ttl`` (``"10m"``, seconds, a ``timedelta``, ``None`` for ever).

    ``key`` and ``tags`` are templates over the function's parameters: ``key="order:{order_id}"``. Raises
    :class:`InvalidKeyTemplateError` or :class:`InvalidTTLError` when the function is decorated.
    """
    limit = seconds(ttl)

    def decorate(function: Callable[..., Any], /) -> Any:
        kind = AsyncCachedFunction if iscoroutinefunction(function) else CachedFunction
        return kind(function, ttl=limit, key=key, tags=tags)

    return cast("Decorate", decorate)
