"""``@limit`` on views."""

from collections.abc import Callable, Collection
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from framework.rates import Rate

from .keys import Key, hashed, user, user_or_ip
from .limiter import OnOutage, configured
from .responses import tell, too_many_requests


def limit[View: Callable[..., Any]](
    rate: str,
    *,
    key: Key = user_or_ip,
    methods: Collection[str] = (),
    group: str = "",
    cost: int = 1,
    on_outage: OnOutage | str = OnOutage.LOCAL,
) -> Callable[[View], View]:
    """Answer 429 to requests beyond ``rate``, ``"10/m"`` or ``"100/30s"``; for sync and async views.

    ``key`` says by whom requests are counted; ``methods`` counts these only, ``("POST",)``. Views of one ``group`` are
    counted together; without it each view is counted for itself. A request counts as ``cost``. ``on_outage`` says what
    happens while Redis is away: each process admits its part (``local``), all are admitted (``open``) or none
    (``closed``). Raises :class:`RateError` for a rate that cannot be read, where it is written.
    """
    parsed, policy = Rate.parse(rate), OnOutage(on_outage)
    counted = frozenset(method.upper() for method in methods)

    def decorate(view: View) -> View:
        name = group or f"{view.__module__}.{getattr(view, '__qualname__', type(view).__qualname__)}"

        def who(request: HttpRequest) -> str | None:
            if counted and request.method not in counted:
                return None
            value = key(request)
            return None if value is None else hashed(f"{name}:{rate}", value)

        if iscoroutinefunction(view):

            @wraps(view)
            async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                if key in (user, user_or_ip) and hasattr(request, "auser"):
                    # The lazy one would look for it on the event loop.
                    request.user = await request.auser()
                if (counted_as := who(request)) is None:
                    return cast("HttpResponseBase", await view(request, *args, **kwargs))
                decision = await configured.limiter.acheck(counted_as, parsed, cost, policy)
                response = await view(request, *args, **kwargs) if decision.allowed else too_many_requests(decision)
                tell(response, name.rpartition(".")[2], parsed, decision)
                return response
        else:

            @wraps(view)
            def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                if (counted_as := who(request)) is None:
                    return cast("HttpResponseBase", view(request, *args, **kwargs))
                decision = configured.limiter.check(counted_as, parsed, cost, policy)
                response = view(request, *args, **kwargs) if decision.allowed else too_many_requests(decision)
                tell(response, name.rpartition(".")[2], parsed, decision)
                return response

        return guarded  # type: ignore[return-value]  # wraps() keeps the signature

    return decorate
