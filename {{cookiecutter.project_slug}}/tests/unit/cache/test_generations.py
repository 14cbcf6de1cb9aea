"""The file of generations."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from framework.cache.coherence.generations import SLOTS, Generations


def test_a_change_is_seen_through_every_mapping_of_the_file(tmp_path: Path) -> None:
    mine, others = Generations(tmp_path / "file"), Generations(tmp_path / "file")
    before = mine.numbers[7]

    others.renew(7)

    assert mine.numbers[7] != before
    assert mine.host == others.host


def test_a_host_made_from_the_image_of_another_is_not_that_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Generations(tmp_path / "file")
    copied = Generations(Path(shutil.copy(tmp_path / "file", tmp_path / "copy")))
    # What a snapshot of a disk leaves equal is the file, not the machine.
    monkeypatch.setattr("socket.gethostname", lambda: "another")
    restored = Generations(tmp_path / "file")

    assert len({mine.host, copied.host, restored.host}) == 3


def test_renewing_all_changes_every_number(tmp_path: Path) -> None:
    generations = Generations(tmp_path / "file")
    before = list(generations.numbers)

    generations.renew_all()

    assert len(before) == SLOTS
    assert all(old != new for old, new in zip(before, generations.numbers, strict=True))


def test_processes_that_start_at_once_map_one_file(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        hosts = set(pool.map(lambda _: Generations(tmp_path / "file").host, range(8)))

    assert len(hosts) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_cannot_be_had_leaves_private_numbers(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    generations = Generations(tmp_path / "file" / "under_a_file")

    assert not generations.is_shared
    generations.renew(3)


@pytest.mark.parametrize("key", ["a", ":1:order:7", "über"])
def test_a_key_has_the_same_slot_everywhere(key: str) -> None:
    assert 0 <= Generations.slot(key) < SLOTS
    assert Generations.slot(key) == Generations.slot(key)
