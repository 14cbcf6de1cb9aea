"""What a function and an async function with kept results have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import update_wrapper
from types import MethodType
from typing import Any

from .known_tags import declare_tags
from .results import Kept, Lifetime, Results
from .statistics import KEY, TAG, tally
from .template import CallTemplate


class KeptFunction[**P, T](ABC):
    """Looks like the function it stands for, and knows how the results of its calls are called."""

    def __init__(self, function: Callable[P, T], *, lifetime: Lifetime, key: str, tags: Sequence[str]) -> None:
        self.function = function
        self._results = Results(lifetime)
        self._template = CallTemplate(function, key=key, tags=tags)
        declare_tags(tags)
        self._hit = [tally(key, f"{KEY}hits").add_one, *(tally(tag, f"{TAG}hits").add_one for tag in tags)]
        self._miss = [tally(key, f"{KEY}misses").add_one, *(tally(tag, f"{TAG}misses").add_one for tag in tags)]
        update_wrapper(self, function)

    @abstractmethod
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the kept result, or compute it."""

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """Bind to an instance like any method; the key's template may name ``self``."""
        return self if instance is None else MethodType(self, instance)

    def _count(self, kept: Kept | None) -> None:
        for add_one in self._miss if kept is None else self._hit:
            add_one()

    def key(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Return the cache key of a call."""
        return self._template.fill(args, kwargs).key

    def tags(self, *args: P.args, **kwargs: P.kwargs) -> tuple[str, ...]:
        """Return the tags of a call."""
        return self._template.fill(args, kwargs).tags
