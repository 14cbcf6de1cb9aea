"""The tests of the releases that are installed, as their authors wrote them: fetched once and kept."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from django.core.files import locks

from framework.conf.environment import ROOT
from tests.requirement import need

FETCH_SECONDS: Final = 300
KEPT: Final = ROOT / "var" / "cache"


@dataclass(frozen=True, kw_only=True)
class Source:
    """The source of a package; ``needed`` is what its folder ``tests`` must hold, and all that is kept of it."""

    package: str
    #: As people write it.
    name: str
    needed: tuple[str, ...]
    #: Where the package itself tells its release, and how.
    front: str
    told: str

    @property
    def version(self) -> str:
        """The installed release."""
        return version(self.package)

    @property
    def variable(self) -> str:
        """The variable that may name a folder ``tests``."""
        return f"{self.package.upper()}_TESTS"

    def tests(self, kept: Path = KEPT) -> Path:
        """Return the folder ``tests``, with what is needed of it; what is fetched stays in ``kept``.

        Without the variable and a package index it skips on a laptop and fails on CI.
        """
        if named := os.environ.get(self.variable):
            return self._named(Path(named))
        source = kept / f"{self.package}-{self.version}-tests"
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.with_suffix(".lock").open("w") as file:
            # Processes that share the tests come here at the same time.
            locks.lock(file, locks.LOCK_EX)
            if not all((source / "tests" / each).exists() for each in self.needed):
                shutil.rmtree(source, ignore_errors=True)
                self._fetch(source)
        return source / "tests"

    def _named(self, tests: Path) -> Path:
        for each in self.needed:
            if not (tests / each).exists():
                problem = f"{self.variable}='{tests}' holds no '{each}'"
                pytest.fail(f"{problem}; name the folder 'tests' of {self.name}'s source")
        front = tests.parent / self.front
        text = front.read_text(encoding="utf-8") if front.is_file() else ""
        found = re.search(self.told, text, flags=re.MULTILINE)
        numbers = re.findall(r"\d+", found[1] if found else self.version)
        # A first release is called 6.1 as well as 6.1.0.
        if [*numbers, "0"][:3] != [*re.findall(r"\d+", self.version), "0"][:3]:
            pytest.fail(f"{self.variable}='{tests}' is of {self.name} {'.'.join(numbers)}; installed is {self.version}")
        return tests

    def _fetch(self, source: Path) -> None:
        source.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=source.parent) as name:
            folder = Path(name)
            problem = self._download(folder)
            where = f"{self.name}'s source, or its folder 'tests' in {self.variable}"
            need(not problem, f"{where}; fetching it failed: {problem}")
            [archive] = folder.glob("*.tar.gz")
            with tarfile.open(archive) as packed:
                wanted = [each for each in packed if self._is_wanted(each.name) and each.isfile()]
                packed.extractall(folder / "unpacked", wanted, filter="data")
            [unpacked] = (folder / "unpacked").iterdir()
            unpacked.rename(source)

    def _is_wanted(self, name: str) -> bool:
        inside = name.partition("/tests/")[2]
        return any(inside == each or inside.startswith(f"{each}/") for each in self.needed)

    def _download(self, folder: Path) -> str:
        """Download the sdist, since wheels leave the tests out; return why that failed, or nothing."""
        # uv has no command for a download.
        pip = ["uvx", "--python", sys.executable, "pip", "download", "--quiet", "--retries", "1"]
        what = ["--no-deps", "--no-binary", ":all:", "--dest", str(folder), f"{self.package}=={self.version}"]
        try:
            subprocess.run([*pip, *what], capture_output=True, text=True, timeout=FETCH_SECONDS, check=True)
        except subprocess.CalledProcessError as error:
            return str(error.stderr).strip().rpartition("\n")[-1] or str(error)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        return ""


DJANGO: Final = Source(
    package="django",
    name="Django",
    needed=("asgi", "cache", "tasks"),
    front="django/__init__.py",
    told=r"^VERSION = \((\d+, \d+, \d+),",
)
DRAMATIQ: Final = Source(
    package="dramatiq",
    name="Dramatiq",
    needed=(
        *("test_actors.py", "test_broker.py", "test_callbacks.py", "test_composition.py", "test_generic_actors.py"),
        *("test_messages.py", "test_rabbitmq.py", "test_redis.py", "test_results.py", "test_stub_broker.py"),
        "test_worker.py",
    ),
    front="dramatiq/__init__.py",
    told=r'^__version__ = "(.+)"',
)
