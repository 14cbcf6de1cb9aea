"""Every render's own tests pass: with nothing, and on real servers."""

import pytest

from tests.project import Project, need
from tests.suites import SUITES, Background, Suite


@pytest.mark.timeout(0)  # each of its tests has a bound, and the whole run has one
@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_its_own_tests_pass(suite: Suite, background: Background, projects: dict[str, Project]) -> None:
    missing = suite.missing()
    need(not missing, f'{", ".join(missing)}; eval "$(.ci/servers start)" starts private servers')

    result = background.futures[suite.name].result()

    assert result.status == 0, f"{suite.name}: {result.summary}"
    assert projects[suite.example_app].changes() == ""
