"""How many queries a request may run before somebody is told."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from framework.conf import Environment
from framework.errors import FrameworkError
from framework.logs import get_logger

from .hooks import HookMiddleware
from .measure import measured

#: Where the decorator leaves the budget of a view.
_BUDGET: Final = "query_budget"
_SHOWN: Final = 3

logger = get_logger(__name__)


class QueryBudgetExceededError(FrameworkError):
    """A request ran more queries than it may; raised in tests only."""


class QueryBudgetMiddleware(HookMiddleware):
    """Logs a request that ran more queries than ``MIDDLEWARE_QUERY_BUDGET``, with those it ran most often.

    In tests it raises :class:`QueryBudgetExceededError`. It is installed for developers and tests.
    """

    @contextmanager
    def around(self, request: HttpRequest) -> Iterator[None]:
        """Keep the statements while they are counted."""
        with measured() as measurement:
            measurement.statements = Counter()
            yield

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compare the count with the budget."""
        with measured() as measurement:
            queries, statements = measurement.queries, measurement.statements or Counter()
        budget = vars(request).get(_BUDGET, settings.CONFIG.query_budget)
        if queries > budget:
            _tell(f"{request.method} {request.path}", queries, budget, statements)
        return response


def query_budget[View: Callable[..., Any]](queries: int) -> Callable[[View], View]:
    """Let the requests of a view run so many queries, template and middlewares included; for sync and async views."""

    def decorate(view: View) -> View:
        if iscoroutinefunction(view):

            @wraps(view)
            async def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                vars(request)[_BUDGET] = queries
                return await view(request, *args, **kwargs)
        else:

            @wraps(view)
            def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                vars(request)[_BUDGET] = queries
                return view(request, *args, **kwargs)

        return limited  # type: ignore[return-value]  # wraps() keeps the signature

    return decorate


def _tell(what: str, queries: int, budget: int, statements: Counter[str]) -> None:
    most = {statement: count for statement, count in statements.most_common(_SHOWN) if count > 1}
    if settings.CONFIG.environment is Environment.TEST:
        repeated = "".join(f"\n{count} times: {statement}" for statement, count in most.items())
        raise QueryBudgetExceededError(f"{what} ran {queries} queries, its budget is {budget}.{repeated}")
    logger.warning("query_budget_exceeded", request=what, queries=queries, budget=budget, repeated=most)
