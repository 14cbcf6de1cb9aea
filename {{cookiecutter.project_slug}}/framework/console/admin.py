"""Tasks and schedules in the admin; flags are in ``flag_admin``."""

import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import django_dramatiq.models
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.decorators import display

from framework.tasks import cancel, retry
from framework.tasks.models import Schedule, Task

from . import flag_admin  # noqa: F401 - registers itself
from .task_list import ActorFilter, FewPages, QueueFilter, TaskList, id_in

# Its table is not used: the rows of framework.tasks say more.
admin.site.unregister(django_dramatiq.models.Task)


@admin.register(Task)
class TaskAdmin(ModelAdmin):
    """Shows tasks; nobody writes their history by hand, but whoever may change tasks may retry and cancel."""

    list_display = (
        "id",
        "actor",
        "shown_call",
        "queue",
        "shown_state",
        "shown_progress",
        "attempts",
        "created_at",
        "finished_at",
        "worker",
    )
    # Whatever is clicked here, no more of the table is read than framework.tasks.listing allows.
    list_filter = ("state", QueueFilter, ActorFilter)
    search_fields = ("actor",)
    search_help_text = (
        "The whole id of a task, or a part of an actor's name, which is searched in the newest 100,000 tasks"
        " (of a state, if one is chosen)"
    )
    sortable_by = ()
    paginator = FewPages
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions: ClassVar = ["retry", "cancel"]
    json_fields: ClassVar = ("args", "kwargs", "options", "context", "result", "errors")
    exclude: ClassVar = ("serial", *json_fields)
    readonly_fields: ClassVar = tuple(f"shown_{name}" for name in json_fields)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[TaskList]:
        """Look through the tasks in the order of an index."""
        return TaskList

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tasks come from code."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Task | None = None) -> bool:
        """Only transitions change a task."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Task | None = None) -> bool:
        """Finished tasks are deleted by their age."""
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Tell who may retry and cancel."""
        return request.user.has_perm("tasks.change_task")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Task], search_term: str
    ) -> tuple[QuerySet[Task], bool]:
        """Find a task by its id, which is indexed, before looking through the names."""
        if task_id := id_in(search_term):
            return queryset.filter(id=task_id), False
        found: tuple[QuerySet[Task], bool] = super().get_search_results(request, queryset, search_term)
        return found

    @display(  # type: ignore[untyped-decorator]  # unfold carries no types
        description="state", ordering="state", label={"done": "success", "dead": "danger", "running": "info"}
    )
    def shown_state(self, task: Task) -> str:
        """Colour the state."""
        return task.state

    @admin.display(description="progress")
    def shown_progress(self, task: Task) -> str:
        """Draw how far a task says it is."""
        if task.progress is None:
            return ""
        bar = '<progress class="w-24" max="1" value="{}"></progress> {}&nbsp;% {}'
        return format_html(bar, task.progress, round(task.progress * 100), Truncator(task.progress_note).chars(40))

    @admin.display(description="arguments")
    def shown_call(self, task: Task) -> str:
        """Tell apart tasks of one actor, such as the deliveries of events."""
        values = [repr(value) for value in task.args] + [f"{name}={value!r}" for name, value in task.kwargs.items()]
        return Truncator(", ".join(values)).chars(60)

    @admin.action(description="Retry: due at once", permissions=["act"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        """Make the chosen tasks due again, as ``manage.py tasks retry`` does."""
        self._act(request, queryset, retry, "Retried")

    @admin.action(description="Cancel: at once what waits, a running task where it looks", permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        """Cancel the chosen tasks, as ``manage.py tasks cancel`` does."""
        self._act(request, queryset, cancel, "Cancelled")

    def _act(
        self,
        request: HttpRequest,
        queryset: QuerySet[Task],
        transition: Callable[[Iterable[uuid.UUID]], int],
        done: str,
    ) -> None:
        chosen = list(queryset)
        changed = transition([task.id for task in chosen])
        LogEntry.objects.log_actions(request.user.pk, chosen, CHANGE, f"{done} by hand.")  # type: ignore[arg-type]
        self.message_user(request, f"{done}: {changed} of {len(chosen)}.")


def _shown_as_json(name: str) -> Callable[[TaskAdmin, Task], str]:
    @admin.display(description=name)
    def shown(self: TaskAdmin, task: Task) -> str:
        text = json.dumps(getattr(task, name), indent=2, ensure_ascii=False, default=str)
        # Tracebacks are read, not parsed.
        return format_html('<pre class="whitespace-pre-wrap">{}</pre>', text.replace("\\n", "\n"))

    return shown


for _name in TaskAdmin.json_fields:
    setattr(TaskAdmin, f"shown_{_name}", _shown_as_json(_name))


@admin.register(Schedule)
class ScheduleAdmin(ModelAdmin):
    """Shows when what is due next; a schedule can be paused here and is declared in code."""

    list_display = ("name", "expression", "next_run_at", "last_run_at", "paused")
    readonly_fields = ("name", "expression", "next_run_at", "last_run_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Schedules come from code."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Schedule | None = None) -> bool:
        """The scheduler would make the row again."""
        return False
