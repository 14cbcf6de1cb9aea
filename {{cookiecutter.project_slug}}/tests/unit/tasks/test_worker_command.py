"""``manage.py worker``, as far as it does not become a worker."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from framework.tasks.middleware.membership import _show_health


def test_a_queue_of_no_actor_is_told_with_those_that_are_there() -> None:
    with pytest.raises(CommandError, match=r"No actor sends to mial; there is .*mail"):
        call_command("worker", "--queues", "mial")


def test_without_shared_memory_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    # What a container does in which nobody may write to /dev/shm.
    monkeypatch.setattr("multiprocessing.synchronize._multiprocessing.SemLock", refuse)
    for command in ("worker", "up"):
        with pytest.raises(CommandError, match=r"cannot share memory here .*Permission denied.*let this user write to"):
            call_command(command)


def test_a_health_file_in_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no such folder"):
        call_command("worker", "--health-file", str(tmp_path / "gone" / "file"))


def test_a_health_file_that_cannot_be_written_does_not_end_the_heartbeat(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _show_health(tmp_path / "gone" / "file")

    assert "health_file_not_written" in caplog.text


def test_a_health_file_is_touched(tmp_path: Path) -> None:
    _show_health(tmp_path / "file")

    assert (tmp_path / "file").exists()
