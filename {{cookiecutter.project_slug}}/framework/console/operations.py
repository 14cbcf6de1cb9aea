"""One page of the admin with what the project is doing now."""

import os
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from framework.cache import cache_stats
from framework.exports import block_of, exports_of
from framework.tasks import TaskState, stats


@require_safe
@permission_required("tasks.view_task", raise_exception=True)
def operations(request: HttpRequest) -> HttpResponse:
    """Show the numbers; wrap it in ``admin.site.admin_view``, so that only staff get here."""
    return TemplateResponse(
        request, "console/operations.html", {**admin.site.each_context(request), "title": "Operations", **overview()}
    )


def overview() -> dict[str, Any]:
    """Return what the page shows; the cache's counts are those of this process alone."""
    tasks = stats()
    return {
        "states": [(state.label, tasks.shown(state.value), _tasks_in(state)) for state in TaskState],
        "oldest_pending_seconds": tasks.oldest_pending_seconds,
        "queues": {
            "headers": ["Queue", *(state.label for state in TaskState)],
            "rows": [[queue, *(tasks.shown(s.value, queue) for s in TaskState)] for queue in sorted(tasks.queues)],
        },
        **_cache(),
        "middleware": {"headers": ["", "Middleware", "What it does"], "rows": _middleware()},
        "components": component_count(),
    }


def _cache() -> dict[str, Any]:
    counts = cache_stats()
    rows = [
        [tier, count["hits"], count["misses"], count["errors"], _ratio(count["hits"], count["misses"])]
        for tier, count in counts.tiers.items()
    ]
    return {
        "cache_scope": (
            f"Of web process {os.getpid()} since it started: {counts.sets} sets, {counts.invalidations} invalidations"
        ),
        "cache": {"headers": ["Tier", "Hits", "Misses", "Errors", "Hit ratio"], "rows": rows},
    }


def _ratio(hits: int, misses: int) -> str:
    return f"{hits / (hits + misses):.0%}" if hits + misses else "not asked yet"


def _tasks_in(state: TaskState) -> str:
    return f"{reverse('admin:tasks_task_changelist')}?state__exact={state.value}"


def _middleware() -> list[list[str]]:
    return [[str(place), path.rpartition(".")[2], _summary(path)] for place, path in enumerate(settings.MIDDLEWARE, 1)]


def _summary(path: str) -> str:
    return (import_string(path).__doc__ or "").strip().partition("\n")[0].replace("``", "")


def component_count() -> int:
    """Count what the registry offers; it stands above the console, so it is reached by its name."""
    block = block_of(import_module("framework.registry"))
    return len(exports_of(block)) if block else 0
