"""What ``manage.py up`` leaves for other commands before it starts anything."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from pytest_django import Settings

from framework.console.management.commands.up import Command

pytestmark = pytest.mark.django_db


def announce(settings: Settings, state_dir: Path) -> tuple[str, str]:
    core = settings.CONFIG.core.model_copy(update={"state_dir": state_dir})
    settings.CONFIG = replace(settings.CONFIG, core=core)
    told, complaint = StringIO(), StringIO()
    Command(stdout=told, stderr=complaint)._announce("127.0.0.1", 8000)
    return told.getvalue(), complaint.getvalue()


def test_the_address_is_kept_where_no_state_folder_was_needed_before(settings: Settings, tmp_path: Path) -> None:
    told, complaint = announce(settings, tmp_path / "not" / "yet")

    assert (tmp_path / "not" / "yet" / "address").read_text(encoding="utf-8") == "http://localhost:8000"
    assert "http://localhost:8000/admin/" in told
    assert complaint == ""


def test_an_address_that_cannot_be_kept_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    told, complaint = announce(settings, tmp_path / "file" / "state")

    assert complaint.count("\n") == 1
    assert f"STATE_DIR='{tmp_path / 'file' / 'state'}'" in complaint
    assert "http://localhost:8000/admin/" in told
