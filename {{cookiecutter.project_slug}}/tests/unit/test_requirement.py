"""A missing server is a skip on a laptop and a failure on CI, never a pass."""

import pytest

from tests.requirement import need


def test_what_is_there_lets_the_test_go_on() -> None:
    need(True, "nothing")


def test_what_is_missing_skips_on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="needs a lighthouse"):
        need(False, "a lighthouse")


def test_what_is_missing_fails_on_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="needs a lighthouse: CI must have it"):
        need(False, "a lighthouse")
