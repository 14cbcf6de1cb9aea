"""``@invalidates``: outdate tags when a function has done its work."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, cast

from .known_tags import declare_invalidated
from .tagging import ainvalidate_tags, invalidate_tags
from .template import CallTemplate


def invalidates[**P, R](*tags: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Outdate ``tags``, templates over the function's parameters, when it has returned; not when it raises.

    In a transaction that happens after the commit, and not at all after a rollback. Raises
    :class:`InvalidKeyTemplateError` when the function is decorated and a template names what it does not take.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        template = CallTemplate(function, key="", tags=tags)
        declare_invalidated(tags, f"{function.__module__}.{function.__qualname__}")

        @wraps(function)
        def around(*args: P.args, **kwargs: P.kwargs) -> R:
            result = function(*args, **kwargs)
            invalidate_tags(*template.fill(args, kwargs).tags)
            return result

        @wraps(function)
        async def around_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            result = await cast("Any", function(*args, **kwargs))
            await ainvalidate_tags(*template.fill(args, kwargs).tags)
            return result

        return cast("Callable[P, R]", around_async) if iscoroutinefunction(function) else around

    return decorate
