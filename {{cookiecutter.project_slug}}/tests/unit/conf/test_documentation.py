"""The page about the configuration names every variable, with its default and what it does."""

import re

import pytest

from framework.conf import Variable, variables
from framework.conf.environment import ROOT


def row(variable: Variable) -> str:
    """Return the line of the table that tells of a variable."""
    default = f"`{variable.default}`" if variable.default else ""
    secret = "yes" if variable.is_secret else ""
    return f"| `{variable.name}` | {default} | {secret} | {variable.description} |"


@pytest.mark.parametrize("variable", variables(), ids=lambda variable: str(variable.name))
def test_the_page_has_the_line_of_each_variable(variable: Variable) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")

    assert row(variable) in page.splitlines()


def test_the_page_has_no_other_variable() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE)) == {variable.name for variable in variables()}


def test_every_variable_is_described_in_one_sentence() -> None:
    assert [variable.name for variable in variables() if not variable.description.endswith(".")] == []
