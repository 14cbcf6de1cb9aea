"""What a function and an async function with kept results have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import update_wrapper
from types import MethodType
from typing import Any

from .known_tags import declare_tags
from .results import Lifetime, Results
from .template import CallTemplate


class KeptFunction[**P, T](ABC):
    """Looks like the function it stands for, and knows how the results of its calls are called."""

    def __init__(self, function: Callable[P, T], *, lifetime: Lifetime, key: str, tags: Sequence[str]) -> None:
        self.function = function
        self._results = Results(lifetime)
        self._template = CallTemplate(function, key=key, tags=tags)
        declare_tags(tags)
        update_wrapper(self, function)

    @abstractmethod
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the kept result, or compute it."""

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """Bind to an instance like any method; the key's template may name ``self``."""
        return self if instance is None else MethodType(self, instance)

    def key(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Return the cache key of a call."""
        return self._template.fill(args, kwargs).key

    def tags(self, *args: P.args, **kwargs: P.kwargs) -> tuple[str, ...]:
        """Return the tags of a call."""
        return self._template.fill(args, kwargs).tags
