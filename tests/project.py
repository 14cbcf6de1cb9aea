"""A rendered project, as its user sees it: a folder to run commands in."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import pytest

from tests.patience import PATIENCE_SECONDS

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCE: Final = ROOT / "{{cookiecutter.project_slug}}"
EXAMPLE_APPS: Final = ("orders", "none")

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

# A commit needs a name, which a bare machine has not set.
GIT_IDENTITY: Final = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "Test"), ("EMAIL", "test@example.com"))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command did."""

    command: str
    status: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Everything it said."""
        return self.stdout + self.stderr

    def must_succeed(self) -> Self:
        """Return itself; raises ``AssertionError`` with all it said unless it succeeded."""
        assert self.status == 0, f"$ {self.command}\nexit status {self.status}\n{self.output}"
        return self


@dataclass(frozen=True, slots=True)
class Project:
    """A render and the environment its packages live in."""

    folder: Path
    venv: Path

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the environment its commands run in: ours, with ``variables`` on top."""
        own = {"UV_PROJECT_ENVIRONMENT": str(self.venv), "COLUMNS": "200"}
        return {**os.environ, **GIT_IDENTITY, **own, **variables}

    def run(self, *command: str, variables: Mapping[str, str] = NOTHING) -> Outcome:
        """Run ``command`` in the project with ``variables`` set."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        return Outcome(command=" ".join(command), status=done.returncode, stdout=done.stdout, stderr=done.stderr)

    def start(self, log: Path, *command: str, variables: Mapping[str, str] = NOTHING) -> "subprocess.Popen[bytes]":
        """Start ``command`` at the head of a process group; what it says goes to ``log``."""
        with log.open("wb") as output:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def uv_run(self, *command: str, variables: Mapping[str, str] = NOTHING) -> Outcome:
        """Run ``command`` with the project's packages, as ``uv run`` does."""
        return self.run("uv", "run", "--no-sync", *command, variables=variables)

    @property
    def has_example(self) -> bool:
        """Whether the example application was chosen."""
        return (self.folder / "apps" / "orders").exists()

    def changes(self) -> str:
        """Return what git would report as changed or new."""
        return self.run("git", "status", "--porcelain").must_succeed().stdout


def need(met: bool, what: str) -> None:
    """Go on when a tool or server is there; without it skip on a laptop and fail on CI."""
    if met:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"needs {what}: CI must have it (.ci/run sees to that)", pytrace=False)
    pytest.skip(f"needs {what}")


def ignored_environment() -> list[str]:
    """Return the variables set here that ``.env.example`` names: a render must not see the caller's."""
    lines = (SOURCE / ".env.example").read_text(encoding="utf-8").splitlines()
    names = {line[1:].partition("=")[0] for line in lines if line.startswith("#") and line[1:2].isupper()}
    return sorted((names | {"DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}) & set(os.environ))
