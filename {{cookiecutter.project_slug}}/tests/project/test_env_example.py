"""``.env.example`` is the list of everything that can be set."""

import re

from framework.conf import variables
from framework.conf.environment import ROOT


def test_the_example_names_every_variable_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    named = re.findall(r"^#([A-Z][A-Z0-9_]*)=", example, flags=re.MULTILINE)

    assert sorted(named) == sorted(variable.name for variable in variables())


def test_an_untouched_copy_of_the_example_sets_nothing() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert all(not line or line.startswith("#") for line in example.splitlines())
