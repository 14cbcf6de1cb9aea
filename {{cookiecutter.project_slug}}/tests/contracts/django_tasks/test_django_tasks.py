"""The backend is what Django's own tests expect of a backend of ``django.tasks``."""

import re
from pathlib import Path

import pytest

from framework.conf.environment import ROOT
from framework.tasks.tasks import django_task
from tests.contracts.conftest import System
from tests.contracts.source import DJANGO

from .backends import switch
from .not_applicable import NOT_APPLICABLE
from .suite import run


@pytest.fixture(scope="module")
def folder() -> Path:
    """Return the folder of Django's tests."""
    return DJANGO.tests() / "tasks"


def test_each_of_djangos_tests_passes_or_is_listed(
    folder: Path, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.broker.declare_actor(django_task)
    system.start()
    switch(monkeypatch)

    outcome = run(folder)

    unlisted = [f"{name}\n{text}" for name, text in outcome.others.items() if name not in NOT_APPLICABLE]
    assert not unlisted, "\n".join(["neither passing nor listed:", *unlisted])
    assert sorted(NOT_APPLICABLE.keys() - outcome.others.keys()) == [], "listed, but passing or gone"


def test_the_documentation_tells_which_tests_cannot_apply_and_why() -> None:
    text = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")

    told = dict(re.findall(r"^\| `(test_\w+\.\w+\.\w+)` \| (.+) \|$", text, flags=re.MULTILINE))

    assert told == NOT_APPLICABLE
