"""Where Django's tests come from, and what is said when they come from nowhere."""

from pathlib import Path

import django
import pytest

from .django_source import FOLDERS, folder_of_tests


@pytest.mark.parametrize(("ci", "outcome"), [("false", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_without_a_package_index_it_skips_on_a_laptop_and_fails_on_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.delenv("DJANGO_TESTS", raising=False)
    monkeypatch.setenv("CI", ci)
    for name, value in {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(outcome, match=r"in DJANGO_TESTS; fetching it failed: \S"):
        folder_of_tests(tmp_path / "kept")

    assert list((tmp_path / "kept").iterdir()) == []


def test_a_named_folder_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tests = django_source(tmp_path, version=django.VERSION[:3])
    monkeypatch.setenv("DJANGO_TESTS", str(tests))

    assert folder_of_tests(tmp_path / "kept") == tests
    assert not (tmp_path / "kept").exists()


def test_tests_of_another_release_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_TESTS", str(django_source(tmp_path, version=(5, 2, 1))))

    with pytest.raises(pytest.fail.Exception, match=r"is of Django 5\.2\.1; installed is "):
        folder_of_tests(tmp_path / "kept")


def test_a_folder_that_holds_no_tests_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_TESTS", str(tmp_path))

    with pytest.raises(pytest.fail.Exception, match="holds no folder 'asgi'; name the folder 'tests'"):
        folder_of_tests(tmp_path / "kept")


def django_source(folder: Path, *, version: tuple[int, ...]) -> Path:
    """Lay out a folder as Django's source is and return its ``tests``."""
    (folder / "django").mkdir()
    (folder / "django" / "__init__.py").write_text(f"VERSION = {(*version, 'final', 0)}\n".replace("'", '"'))
    for name in FOLDERS:
        (folder / "tests" / name).mkdir(parents=True)
    return folder / "tests"
