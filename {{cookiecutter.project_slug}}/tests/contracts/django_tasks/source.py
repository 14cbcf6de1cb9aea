"""Django's tests of the installed release: named by ``DJANGO_TESTS``, else fetched once and kept."""

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import django
import pytest

from tests.requirement import need

VERSION: Final = django.get_version()
FETCH_SECONDS: Final = 90


def folder_of_tests(kept: Path) -> Path:
    """Return the folder ``tests/tasks`` of Django's source; what has to be fetched stays in ``kept``.

    Without ``DJANGO_TESTS`` and a package index it skips on a laptop and fails on CI.
    """
    if named := os.environ.get("DJANGO_TESTS"):
        return _named(Path(named)) / "tasks"
    source = kept / f"django-{VERSION}"
    if not source.is_dir():
        _fetch(source)
    return source / "tests" / "tasks"


def _named(tests: Path) -> Path:
    if not (tests / "tasks").is_dir():
        pytest.fail(f"DJANGO_TESTS='{tests}' holds no folder 'tasks'; name the folder 'tests' of Django's source")
    front = tests.parent / "django" / "__init__.py"
    text = front.read_text(encoding="utf-8") if front.is_file() else ""
    found = re.search(r"^VERSION = \((\d+), (\d+), (\d+),", text, flags=re.MULTILINE)
    if found and tuple(map(int, found.groups())) != django.VERSION[:3]:
        pytest.fail(f"DJANGO_TESTS='{tests}' is of Django {'.'.join(found.groups())}; installed is {VERSION}")
    return tests


def _fetch(source: Path) -> None:
    source.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=source.parent) as name:
        folder = Path(name)
        problem = _download(folder)
        need(not problem, f"Django's source, or its folder 'tests' in DJANGO_TESTS; fetching it failed: {problem}")
        [archive] = folder.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            wanted = [each for each in packed if "/tests/tasks/" in each.name and each.isfile()]
            packed.extractall(folder / "unpacked", wanted, filter="data")
        [unpacked] = (folder / "unpacked").iterdir()
        unpacked.rename(source)


def _download(folder: Path) -> str:
    """Download the sdist, since wheels leave the tests out; return why that failed, or nothing."""
    # uv has no command for a download.
    pip = ["uvx", "--python", sys.executable, "pip", "download", "--quiet", "--retries", "1"]
    what = ["--no-deps", "--no-binary", ":all:", "--dest", str(folder), f"django=={VERSION}"]
    try:
        subprocess.run([*pip, *what], capture_output=True, text=True, timeout=FETCH_SECONDS, check=True)
    except subprocess.CalledProcessError as error:
        return str(error.stderr).strip().rpartition("\n")[-1] or str(error)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return ""
