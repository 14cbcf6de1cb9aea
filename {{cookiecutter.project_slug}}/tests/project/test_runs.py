"""Runs of the tests keep out of each other's way, and can be repeated."""

import subprocess
import sys
from pathlib import Path

import pytest

from framework.conf.environment import ROOT
from tests import place, seed

TAKE = """
import sys
from pathlib import Path
from tests import place
print(place.take(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def start(folder: Path) -> "subprocess.Popen[str]":
    """Start a process that takes a place and keeps it."""
    command = [sys.executable, "-c", TAKE, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def number(process: "subprocess.Popen[str]") -> int:
    """Return the number it took."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_each_process_has_a_place_and_a_killed_one_leaves_it_to_the_next(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert number(first) == 0
    second = start(tmp_path)
    assert number(second) == 1

    first.kill()
    first.communicate()
    third = start(tmp_path)

    assert number(third) == 0
    for process in (second, third):
        process.communicate()


@pytest.mark.parametrize(
    ("url", "moved"),
    [
        ("redis://localhost", "redis://localhost/6"),
        ("redis://user:pass@localhost:6379/1?timeout=2", "redis://user:pass@localhost:6379/7?timeout=2"),
        ("amqp://localhost", None),
        ("", None),
    ],
)
def test_places_count_the_databases_of_redis_from_the_one_that_was_given(
    monkeypatch: pytest.MonkeyPatch, url: str, moved: str | None
) -> None:
    monkeypatch.delenv("GIVEN_BROKER_URL", raising=False)
    monkeypatch.setenv("BROKER_URL", url)

    assert place.environment(3).get("BROKER_URL") == moved


def test_a_process_that_inherits_a_place_counts_from_what_was_given_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GIVEN_REDIS_URL", raising=False)
    monkeypatch.setenv("REDIS_URL", "redis://localhost/1")
    for name, value in place.environment(2).items():
        monkeypatch.setenv(name, value)

    assert place.environment(1)["REDIS_URL"] == "redis://localhost/3"


def test_the_seed_is_the_variables_or_that_of_the_committed_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(seed.VARIABLE, raising=False)
    assert seed.chosen() == seed.chosen()
    assert seed.chosen(fresh=True) != seed.chosen(fresh=True)

    monkeypatch.setenv(seed.VARIABLE, "7")

    assert seed.chosen() == 7
