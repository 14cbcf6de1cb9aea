"""django-unfold's templates, as a content security policy without ``unsafe-*`` wants them.

console.W001  a template is no longer what ``unfold_changes.json`` changes
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django.apps import AppConfig, apps
from django.core import checks
from django.template.base import Origin
from django.template.loaders import app_directories

#: What is written otherwise in which template. Alpine's usual build makes functions of attributes, which is ``eval``;
#: its build for strict policies knows expressions, but neither statements nor names of the page. Styles are set each by
#: itself, since an attribute ``style`` is forbidden.
CHANGES: Final[Mapping[str, Mapping[str, str]]] = json.loads(
    Path(__file__).with_name("unfold_changes.json").read_text(encoding="utf-8")
)


class StrictLoader(app_directories.Loader):
    """Loads the templates of applications, and changes those in :data:`CHANGES`."""

    def get_contents(self, origin: Origin) -> str:
        """Return the source; raises ``TemplateDoesNotExist``."""
        contents: str = super().get_contents(origin)
        for before, after in CHANGES.get(str(origin.template_name), {}).items():
            contents = contents.replace(before, after)
        return contents


def check_changes(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Name the templates that another release of unfold wrote anew, so that a change finds no place."""
    hint = "Compare unfold_changes.json with the template, and try the page in a browser."
    text = "The content security policy stops parts of {}: this release of unfold wrote it anew."
    folder = Path(apps.get_app_config("unfold").path, "templates")
    messages: list[checks.CheckMessage] = []
    for name, changes in CHANGES.items():
        source = (folder / name).read_text(encoding="utf-8") if (folder / name).is_file() else ""
        if any(before not in source for before in changes):
            messages.append(checks.Warning(text.format(name), hint=hint, id="console.W001"))
    return messages
