"""Render a project and run it, or run the template's tests, with no more than Python 3.9 at hand.

python3 quickstart.py [--output DIR] [--ask] [options of manage.py up]
python3 quickstart.py test [options of pytest]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator, NoReturn

ROOT = Path(__file__).resolve().parent
PRIVATE = ROOT / ".quickstart"
SCRIPTS = PRIVATE / ("Scripts" if os.name == "nt" else "bin")
OLDEST_UV = (0, 6)
COOKIECUTTER = ["tool", "run", "--from", "cookiecutter>=2.7.1", "cookiecutter"]
IS_SUITABLE = """import sys, sysconfig
sys.exit(sys.version_info < (3, 12) or sys.implementation.name != "cpython" or
         bool(sysconfig.get_config_var("Py_GIL_DISABLED")))"""


def main(arguments: list[str]) -> None:
    """Do what the command line asks for."""
    if sys.version_info < (3, 9):
        sys.exit("Python 3.9 or newer is needed; start this with a newer python3.")
    parser = argparse.ArgumentParser(usage=__doc__.partition("\n\n")[2].replace("\n", "\n       "), allow_abbrev=False)
    parser.add_argument(
        "--output", type=Path, default=ROOT / "rendered", help="folder to put the project's folder into"
    )
    parser.add_argument("--ask", action="store_true", help="render anew, asking the template's questions")
    options, up_options = parser.parse_known_args(arguments if arguments[:1] != ["test"] else [])
    uv = find_uv()
    use_python(uv)
    if arguments[:1] == ["test"]:
        os.chdir(str(ROOT))
        install_packages(uv)
        become([uv, "run", "--no-sync", "pytest", *arguments[1:]])
    rendered = sorted(projects(options.output), key=lambda project: (project / "manage.py").stat().st_mtime)
    os.chdir(str(render(uv, options.output, options.ask) if options.ask or not rendered else rendered[-1]))
    install_packages(uv)
    become([uv, "run", "--no-sync", "manage.py", "up", *up_options])


def projects(output: Path) -> list[Path]:
    """Return the projects that stand in ``output``."""
    return [file.parent.resolve() for file in output.glob("*/manage.py")]


def render(uv: str, output: Path, ask: bool) -> Path:
    """Render a project into ``output`` and return its folder."""
    must_run([uv, *COOKIECUTTER, "--version"], "Cookiecutter could not be fetched; is there a network?")
    before = projects(output)
    command = [uv, *COOKIECUTTER, str(ROOT), "--output-dir", str(output)]
    status = subprocess.call(command if ask else [*command, "--no-input", "--default-config"])
    if status:
        sys.exit(status)
    return next(project for project in projects(output) if project not in before)


def install_packages(uv: str) -> None:
    """Install what the lock file of the current folder names."""
    print(f"Installing the packages of {Path.cwd().name} ...", file=sys.stderr, flush=True)
    must_run([uv, "sync", "--locked"], "The packages could not be installed; is there a network?")


def find_uv() -> str:
    """Return a uv that really runs; one is put into a private environment if there is none."""
    for folder in [*os.get_exec_path(), Path.home() / ".local" / "bin", Path.home() / ".cargo" / "bin", SCRIPTS]:
        uv = shutil.which("uv", path=str(folder))
        version = uv and re.match(r"uv (\d+)\.(\d+)", output_of([uv, "--version"]))
        if uv and version and (int(version[1]), int(version[2])) >= OLDEST_UV:
            return uv
    print(f"No uv here that runs; putting one into {PRIVATE} ...", file=sys.stderr, flush=True)
    make = [sys.executable, "-m", "venv", "--clear", str(PRIVATE)]
    must_run(make, "This Python cannot make an environment: install its venv module (Debian: python3-venv), or uv.")
    pip = [str(SCRIPTS / "python"), "-m", "pip"]
    must_run([*pip, "--version"], "This Python has no pip: install it (Debian: python3-venv), or uv.")
    install = [*pip, "install", "--quiet", "--disable-pip-version-check", "uv"]
    must_run(install, "uv could not be downloaded; is there a network?")
    return str(SCRIPTS / "uv")


def use_python(uv: str) -> None:
    """Name an interpreter that really runs in ``UV_PYTHON``, unless the caller already did."""
    os.environ.pop("VIRTUAL_ENV", None)
    if os.environ.get("UV_PYTHON"):
        return
    found = next((python for python in interpreters(uv) if not attempt([python, "-c", IS_SUITABLE]).returncode), "")
    if not found:
        print("No Python 3.12 or newer here; uv fetches one ...", file=sys.stderr, flush=True)
        fetch = [uv, "python", "install", "--quiet", "3.13"]
        must_run(fetch, "There is no Python 3.12 or newer, and uv could not download one; install one, e.g. 3.13.")
    os.environ["UV_PYTHON"] = found or "3.13"


def interpreters(uv: str) -> Iterator[str]:
    """Yield interpreters that may do; some may be too old, some may be shims that cannot start."""
    yield sys.executable
    for name in ("python3.13", "python3.14", "python3.12", "python3.15", "python3", "python"):
        for folder in os.get_exec_path():
            yield from filter(None, [shutil.which(name, path=folder)])
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for version in ("3.13", "3.14", "3.12", "3.15"):
        yield from map(str, sorted(pyenv.glob(f"versions/{version}*/bin/python"), reverse=True))
    yield from filter(None, [output_of([uv, "python", "find", "--no-python-downloads", ">=3.12"])])


def attempt(command: list[str], limit: float | None = 30) -> subprocess.CompletedProcess[str]:
    """Run ``command`` with its output kept; one that cannot start, or hangs, counts as failed."""
    try:
        return subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=limit, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def output_of(command: list[str]) -> str:
    """Return what ``command`` prints, or nothing if it fails."""
    done = attempt(command)
    return "" if done.returncode else done.stdout.strip()


def must_run(command: list[str], sentence: str) -> None:
    """Run ``command``; when it fails, end with ``sentence`` and the error it told."""
    done = attempt(command, limit=None)
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()] or ["no word why"]
        sys.exit(f"{sentence} ({next((line for line in said if line.lower().startswith('error')), said[-1])})")


def become(command: list[str]) -> NoReturn:
    """Turn into ``command``, so that signals and the exit status are its own."""
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execvp(command[0], command)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
