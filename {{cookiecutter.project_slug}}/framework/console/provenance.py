"""Which variables are set, and where."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from framework.conf import variables

HIDDEN: Final = "[hidden]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One variable that is set; ``value`` is hidden if it is a secret."""

    name: str
    value: str
    source: str


def given_variables(env_file: Path) -> list[Given]:
    """Return what is set, in the order of the documentation; the environment wins over ``env_file``."""
    from_file = dotenv_values(env_file)
    sources: list[tuple[str, dict[str, str | None]]] = [
        ("environment", {name.upper(): value for name, value in os.environ.items()}),
        (env_file.name, {name.upper(): value for name, value in from_file.items()}),
    ]
    found = []
    for variable in variables():
        for source, values in sources:
            if value := values.get(variable.name):
                shown = HIDDEN if variable.is_secret else value
                found.append(Given(name=variable.name, value=shown, source=source))
                break
    return found
