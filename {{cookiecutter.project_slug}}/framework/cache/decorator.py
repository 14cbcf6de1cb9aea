"""``@cached``: keep what a function returned."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import update_wrapper
from inspect import iscoroutinefunction
from typing import Any, Final, cast

from asgiref.sync import async_to_sync, sync_to_async
from django.core.cache import cache, caches

from .duration import seconds
from .flight import compute_once
from .tagging import tag_versions
from .template import CallTemplate

_MISSING: Final = object()
_bypassed: ContextVar[bool] = ContextVar("cache_bypassed", default=False)


@contextmanager
def no_cache() -> Iterator[None]:
    """Make cached functions compute inside the block, for this thread or asyncio task; nothing is stored."""
    token = _bypassed.set(True)
    try:
        yield
    finally:
        _bypassed.reset(token)


class CachedFunction[**P, R]:
    """A function whose results are kept; called like the function itself."""

    def __init__(self, function: Callable[P, R], *, ttl: float | None, key: str, tags: tuple[str, ...]) -> None:
        self.function = function
        self.ttl = ttl
        self._key = CallTemplate(key, function)
        self._tags = tuple(CallTemplate(tag, function) for tag in tags)
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the kept result, or compute it: once, however many ask."""
        if _bypassed.get():
            return self.function(*args, **kwargs)
        found = self._look(args, kwargs)
        if found is not _MISSING:
            return cast("R", found)

        def look() -> Any:
            return self._look(args, kwargs)

        default = caches["default"]
        shared = getattr(default, "shared", default)
        key = self.key(*args, **kwargs)
        return cast("R", compute_once(shared, key, lambda: self.refresh(*args, **kwargs), look, _MISSING))

    def key(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Return the cache key of a call."""
        return self._key.fill(args, kwargs)

    def tags(self, *args: P.args, **kwargs: P.kwargs) -> tuple[str, ...]:
        """Return the tags of a call."""
        return tuple(tag.fill(args, kwargs) for tag in self._tags)

    def refresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute and store, whatever is kept."""
        # Before the computation: what changes while it runs leaves the stored result outdated.
        versions = tag_versions(self.tags(*args, **kwargs))
        result = self.function(*args, **kwargs)
        cache.set(self.key(*args, **kwargs), (versions, result), self.ttl)
        return result

    def bypass(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute without looking or storing."""
        return self.function(*args, **kwargs)

    def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Forget the result of one call."""
        cache.delete(self.key(*args, **kwargs))

    def _look(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        entry = cache.get(self._key.fill(args, kwargs))
        if entry is None:
            return _MISSING
        versions, result = entry
        tags = tuple(tag.fill(args, kwargs) for tag in self._tags)
        return result if tuple(versions) == tag_versions(tags) else _MISSING


def cached[**P, R](
    *, ttl: str | float | timedelta | None, key: str, tags: list[str] | tuple[str, ...] = ()
) -> Callable[[Callable[P, R]], CachedFunction[P, R]]:
    """Keep the results of a function for ``ttl`` (``"10m"``, seconds, a ``timedelta``, ``None`` for ever).

    ``key`` and ``tags`` are templates over the function's parameters: ``key="order:{order_id}"``. Raises
    :class:`InvalidKeyTemplateError` or :class:`InvalidTTLError` when the function is decorated.
    """
    limit = seconds(ttl)

    def decorate(function: Callable[P, R]) -> CachedFunction[P, R]:
        if iscoroutinefunction(function):
            kept = _sync(cast("Callable[P, Awaitable[Any]]", function))
            inner = CachedFunction(kept, ttl=limit, key=key, tags=tuple(tags))
            return cast("CachedFunction[P, R]", AsyncCachedFunction(inner, function))
        return CachedFunction(function, ttl=limit, key=key, tags=tuple(tags))

    return decorate


class AsyncCachedFunction[**P, R]:
    """An async function whose results are kept; everything but a computation's own awaiting runs in a thread."""

    def __init__(self, inner: CachedFunction[P, R], function: Callable[..., Any]) -> None:
        self._inner = inner
        update_wrapper(self, function)

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the kept result, or compute it once."""
        return await sync_to_async(self._inner)(*args, **kwargs)

    async def refresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute and store, whatever is kept."""
        return await sync_to_async(self._inner.refresh)(*args, **kwargs)

    async def bypass(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute without looking or storing."""
        return await sync_to_async(self._inner.bypass)(*args, **kwargs)

    async def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Forget the result of one call."""
        await sync_to_async(self._inner.invalidate)(*args, **kwargs)


def _sync[**P](function: Callable[P, Awaitable[Any]]) -> Callable[P, Any]:
    adapted = async_to_sync(function)
    return cast("Callable[P, Any]", update_wrapper(adapted, function))
