"""Which variables are set, and where."""

import os
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from dotenv import dotenv_values

from framework.conf import Environment, variables
from framework.conf.config import ENV_FILE

HIDDEN: Final = "[hidden]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One variable that is set; ``value`` is hidden if it is a secret."""

    name: str
    value: str
    source: str


def given_variables() -> list[Given]:
    """Return what is set, in the order of the documentation; the environment wins over the file."""
    # Tests do not read the file.
    from_file = {} if settings.CONFIG.environment is Environment.TEST else dotenv_values(ENV_FILE)
    sources: list[tuple[str, dict[str, str | None]]] = [
        ("environment", {name.upper(): value for name, value in os.environ.items()}),
        (ENV_FILE.name, {name.upper(): value for name, value in from_file.items()}),
    ]
    found = []
    for variable in variables():
        for source, values in sources:
            if value := values.get(variable.name):
                shown = HIDDEN if variable.is_secret else value
                found.append(Given(name=variable.name, value=shown, source=source))
                break
    return found
