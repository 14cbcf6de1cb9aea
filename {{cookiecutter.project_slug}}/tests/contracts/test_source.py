"""Where the tests of others come from, and what is said when they come from nowhere."""

from pathlib import Path

import pytest

from .source import DJANGO, DRAMATIQ, Source

RELEASES = {"django": 'VERSION = ({}, {}, {}, "final", 0)\n', "dramatiq": '__version__ = "{}.{}.{}"\n'}


@pytest.fixture(params=[DJANGO, DRAMATIQ], ids=lambda source: source.package)
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Return each package, of which no folder is named."""
    source: Source = request.param
    monkeypatch.delenv(source.variable, raising=False)
    return source


@pytest.mark.parametrize(("ci", "outcome"), [("false", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_without_a_package_index_it_skips_on_a_laptop_and_fails_on_ci(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    for name, value in {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(outcome, match=rf"in {source.variable}; fetching it failed: \S"):
        source.tests(tmp_path / "kept")

    assert list((tmp_path / "kept").iterdir()) == []


def test_a_named_folder_is_taken_as_it_is(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tests = laid_out(source, tmp_path, release=source.version)
    monkeypatch.setenv(source.variable, str(tests))

    assert source.tests(tmp_path / "kept") == tests
    assert not (tmp_path / "kept").exists()


def test_tests_of_another_release_are_refused(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(source.variable, str(laid_out(source, tmp_path, release="1.2.1")))

    with pytest.raises(pytest.fail.Exception, match=rf"is of {source.name} 1\.2\.1; installed is "):
        source.tests(tmp_path / "kept")


def test_a_folder_that_holds_no_tests_is_refused(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(source.variable, str(tmp_path))

    with pytest.raises(pytest.fail.Exception, match=rf"holds no '{source.needed[0]}'; name the folder 'tests'"):
        source.tests(tmp_path / "kept")


def laid_out(source: Source, folder: Path, *, release: str) -> Path:
    """Lay out a folder as a source is and return its ``tests``."""
    front = folder / source.front
    front.parent.mkdir()
    front.write_text(RELEASES[source.package].format(*release.split(".")))
    for name in source.needed:
        (folder / "tests" / name).mkdir(parents=True)
    return folder / "tests"
