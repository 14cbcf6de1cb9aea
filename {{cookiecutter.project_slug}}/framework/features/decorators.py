"""Views behind a flag."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from django.http import Http404, HttpRequest

from .evaluation import flag_is_active
from .flags import Flag, expect
from .snapshot import snapshot
from .visitors import load_user


def requires_flag[View: Callable[..., Any]](flag: Flag | str) -> Callable[[View], View]:
    """Answer 404 unless ``flag`` is active for the request; for sync and async views."""

    def decorate(view: View) -> View:
        expect(flag, f"{view.__module__}.{getattr(view, '__qualname__', type(view).__qualname__)}")
        if iscoroutinefunction(view):

            @wraps(view)
            async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                await snapshot.aload()
                await load_user(request)
                _require(flag, request)
                return await view(request, *args, **kwargs)
        else:

            @wraps(view)
            def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                _require(flag, request)
                return view(request, *args, **kwargs)

        return guarded  # type: ignore[return-value]  # wraps() keeps the signature

    return decorate


def _require(flag: Flag | str, request: HttpRequest) -> None:
    if not flag_is_active(flag, request):
        raise Http404
