"""``@cached`` on an async function."""

from collections.abc import Awaitable
from typing import Any, cast

from asgiref.sync import sync_to_async

from .async_flight import acompute_once
from .background import arecompute
from .bypass import is_bypassed
from .kept_function import KeptFunction
from .results import Kept
from .template import Call


class AsyncCachedFunction[**P, R](KeptFunction[P, Awaitable[R]]):
    """An async function whose results are kept; a result in memory costs no thread hop."""

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the kept result, or compute it: once, however many ask."""
        call = self._template.fill(args, kwargs)
        if is_bypassed(call):
            return await self.function(*args, **kwargs)
        kept = await self._results.alook(call)
        self._count(kept)
        if kept is None:
            lease = await sync_to_async(self._results.lease)(call)
            compute = lambda: self._compute(call, args, kwargs)  # noqa: E731 - as short as it is used
            return cast("R", await acompute_once(lease, compute, lambda: self._results.afound(call)))
        if self._results.is_due(kept):
            lease = await sync_to_async(self._results.lease_again)(call)
            arecompute(lease, lambda: self._compute_instead(kept, call, args, kwargs))
        return cast("R", kept.result)

    async def refresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute and store, whatever is kept."""
        return await self._compute(self._template.fill(args, kwargs), args, kwargs)

    async def bypass(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute without looking or storing."""
        return await self.function(*args, **kwargs)

    async def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Forget the result of one call."""
        await sync_to_async(self._results.forget)(self._template.fill(args, kwargs))

    async def _compute_instead(self, kept: Kept, call: Call, args: Any, kwargs: Any) -> None:
        now = await self._results.alook(call)
        # Unless somebody else has stored another one since.
        if now is not None and now.good_until == kept.good_until:
            await self._compute(call, args, kwargs)

    async def _compute(self, call: Call, args: Any, kwargs: Any) -> R:
        # Before the computation: what changes while it runs leaves its result outdated.
        before = await sync_to_async(self._results.state)(call)
        result = await self.function(*args, **kwargs)
        await sync_to_async(self._results.store)(call, result, before)
        return result
