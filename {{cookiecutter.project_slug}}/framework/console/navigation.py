"""The sidebar of the admin: the operations page above the applications."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse_lazy


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return unfold's navigation: what the user may open, under the names of the applications."""
    operations = {
        "title": "Operations",
        "icon": "monitoring",
        "link": reverse_lazy("operations"),
        "permission": lambda request: request.user.has_perm("tasks.view_task"),
    }
    return [{"items": [operations]}, *(_group(app) for app in admin.site.get_app_list(request))]


def _group(app: Any) -> dict[str, Any]:
    links = [{"title": model["name"], "link": model["admin_url"]} for model in app["models"] if model["admin_url"]]
    return {"title": app["name"], "separator": True, "items": links}
