"""The list of tasks in the admin, which reads no more of the table than a page needs."""

from functools import cached_property
from typing import Any, Final
from uuid import UUID

import dramatiq
from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

from framework.tasks.conf import LIMITS
from framework.tasks.listing import order_of, tasks_in, to_search
from framework.tasks.models import Task
from framework.tasks.transitions import database

STATE: Final = "state__exact"


def id_in(search: str) -> UUID | None:
    """Return the id that is searched for; ``None`` if it is none."""
    try:
        return UUID(search.strip())
    except ValueError:
        return None


class _DeclaredFilter(admin.SimpleListFilter):
    """Names that are declared; a DISTINCT would look through the table. The parameter is also the column."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        """Return the tasks of the chosen name."""
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


class QueueFilter(_DeclaredFilter):
    """The queues that are declared."""

    title = parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the queues."""
        return [(name, name) for name in sorted(dramatiq.get_broker().get_declared_queues())]


class ActorFilter(_DeclaredFilter):
    """The actors that are declared."""

    title = parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the actors."""
        return [(name, name) for name in sorted(dramatiq.get_broker().actors)]


class FewPages(Paginator):  # type: ignore[type-arg]  # generic in the stubs only
    """Pages of the first 10,000 tasks."""

    @cached_property
    def count(self) -> int:
        """Count no further than that."""
        rows: QuerySet[Task] = self.object_list  # type: ignore[assignment]  # the admin pages querysets
        return rows[: LIMITS.counted].count()


class TaskList(ChangeList):  # type: ignore[misc]  # unfold carries no types
    """Tasks in the order of an index; filters without one look at the first of these only."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Task]) -> tuple[str, ...]:
        """Show what runs next, or ended last, or is the newest; any other order would sort the table."""
        return order_of(request.GET.get(STATE))

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Task]:
        """Narrow down what is filtered before it is."""
        search = request.GET.get(SEARCH_VAR, "")
        has_index = id_in(search) or not (search or request.GET.get("queue") or request.GET.get("actor"))
        look = tasks_in if has_index else to_search
        self.root_queryset = look(request.GET.get(STATE), database())
        found: QuerySet[Task] = super().get_queryset(request, exclude_parameters)
        return found
