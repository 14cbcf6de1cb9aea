"""Django's tests of the installed release: named by ``DJANGO_TESTS``, else fetched once and kept."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import django
import pytest
from django.core.files import locks

from framework.conf.environment import ROOT
from tests.requirement import need

VERSION: Final = django.get_version()
#: The folders of its tests that are run here.
FOLDERS: Final = ("asgi", "cache", "tasks")
FETCH_SECONDS: Final = 300
KEPT: Final = ROOT / "var" / "cache"


def folder_of_tests(kept: Path = KEPT) -> Path:
    """Return the folder ``tests`` of Django's source, with those in ``FOLDERS``; what is fetched stays in ``kept``.

    Without ``DJANGO_TESTS`` and a package index it skips on a laptop and fails on CI.
    """
    if named := os.environ.get("DJANGO_TESTS"):
        return _named(Path(named))
    source = kept / f"django-{VERSION}-tests"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.with_suffix(".lock").open("w") as file:
        # Processes that share the tests come here at the same time.
        locks.lock(file, locks.LOCK_EX)
        if not all((source / "tests" / folder).is_dir() for folder in FOLDERS):
            shutil.rmtree(source, ignore_errors=True)
            _fetch(source)
    return source / "tests"


def _named(tests: Path) -> Path:
    for folder in FOLDERS:
        if not (tests / folder).is_dir():
            problem = f"DJANGO_TESTS='{tests}' holds no folder '{folder}'"
            pytest.fail(f"{problem}; name the folder 'tests' of Django's source")
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
            wanted = [each for each in packed if _is_wanted(each.name) and each.isfile()]
            packed.extractall(folder / "unpacked", wanted, filter="data")
        [unpacked] = (folder / "unpacked").iterdir()
        unpacked.rename(source)


def _is_wanted(name: str) -> bool:
    return any(f"/tests/{folder}/" in name for folder in FOLDERS)


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
