"""``quickstart.py`` finds what really runs, and says in one sentence what is missing."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import ROOT

# Nothing is missing on Windows: these tests are about programs that only Unix runs.
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins for broken programs are shell scripts")

SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"
# Stands for uv where only its being called matters: says its version, and tells what it was asked to do.
FAKE_UV = """#!/bin/sh
case "$1" in
    --version) echo "uv 0.9.0" ;;
    sync) ;;
    *) echo "UV_PYTHON=$UV_PYTHON"; echo "$@"; exit 7 ;;
esac
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder that holds ``quickstart.py`` alone, so that what it installs stays apart."""
    folder = tmp_path / "template"
    folder.mkdir()
    (folder / "quickstart.py").write_bytes((ROOT / "quickstart.py").read_bytes())
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder for the programs on ``PATH``."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


def quickstart(
    copy: Path, path: Path, *arguments: str, python: str = sys.executable
) -> "subprocess.CompletedProcess[str]":
    """Run the copy where nothing but ``path`` can be found."""
    home = copy.parent / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [python, "quickstart.py", *arguments],
        cwd=copy,
        env={"PATH": str(path), "HOME": str(home), "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def program(folder: Path, name: str, script: str) -> Path:
    """Put a program into ``folder``."""
    path = folder / name
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)
    return path


def old_python(folder: Path) -> str:
    """Return an interpreter that says it is too old, and otherwise is ours."""
    hidden = folder.parent / "old"
    hidden.mkdir()
    site = hidden / "sitecustomize.py"
    site.write_text("import sys\nsys.version_info = (3, 11, 2, 'final', 0)\n", encoding="utf-8")
    script = f'#!/bin/sh\nPYTHONPATH={hidden} exec {sys.executable} "$@"\n'
    return str(program(hidden, "python3", script))


def test_it_is_short_and_plain_enough_for_an_old_python() -> None:
    text = (ROOT / "quickstart.py").read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 9))

    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }

    assert len(text.splitlines()) < 150
    assert imported <= sys.stdlib_module_names


def test_a_broken_shim_is_passed_over_for_a_uv_that_runs(copy: Path, programs: Path, tmp_path: Path) -> None:
    shims = tmp_path / "shims"
    shims.mkdir()
    program(shims, "uv", SHIM)
    program(programs, "uv", FAKE_UV)

    done = quickstart(copy, Path(f"{shims}:{programs}"), "test", "-k", "nothing")

    assert done.returncode == 7
    assert done.stdout.splitlines() == [f"UV_PYTHON={sys.executable}", "run --no-sync pytest -k nothing"]


def test_a_newer_python_under_pyenv_is_found_behind_broken_shims(copy: Path, programs: Path) -> None:
    program(programs, "uv", FAKE_UV)
    program(programs, "python3.13", SHIM)
    for version, script in (("3.14.0", SHIM), ("3.13.2", f'#!/bin/sh\nunset PYTHONPATH\nexec {sys.executable} "$@"\n')):
        folder = copy.parent / "home" / ".pyenv" / "versions" / version / "bin"
        folder.mkdir(parents=True)
        program(folder, "python", script)

    done = quickstart(copy, programs, "test", python=old_python(programs))

    assert done.stdout.splitlines()[0] == f"UV_PYTHON={copy.parent}/home/.pyenv/versions/3.13.2/bin/python"


def test_without_a_network_it_says_so_once(copy: Path, programs: Path) -> None:
    program(programs, "uv", SHIM)

    done = quickstart(copy, programs, "test")

    assert done.returncode == 1
    assert "uv could not be downloaded; is there a network?" in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert "Traceback" not in done.stderr


def test_without_a_venv_module_it_says_so_once(copy: Path, programs: Path) -> None:
    for module in ("venv", "ensurepip"):
        (copy / module).mkdir()
        (copy / module / "__init__.py").write_text("raise ImportError('left out')", encoding="utf-8")

    done = quickstart(copy, programs, "test")

    assert done.returncode == 1
    assert "This Python cannot make an environment: install its venv module" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_python_and_without_a_network_it_says_so_once(copy: Path, programs: Path) -> None:
    program(programs, "uv", FAKE_UV)

    done = quickstart(copy, programs, "test", python=old_python(programs))

    assert done.returncode == 1
    assert "There is no Python 3.12 or newer, and uv could not download one" in done.stderr
    assert "Traceback" not in done.stderr


def test_packages_that_cannot_be_installed_are_told_in_one_sentence(copy: Path, programs: Path) -> None:
    uv = '#!/bin/sh\ncase "$1" in --version) echo "uv 0.9.0";; *) echo "error: no route" >&2; exit 2;; esac\n'
    program(programs, "uv", uv)

    done = quickstart(copy, programs, "test")

    assert done.returncode == 1
    told = "The packages could not be installed; is there a network? (error: no route)"
    assert done.stderr.splitlines() == ["Installing the packages of template ...", told]


def test_a_failed_cookiecutter_download_is_told_in_one_sentence(copy: Path, programs: Path) -> None:
    program(programs, "uv", FAKE_UV)

    done = quickstart(copy, programs)

    assert done.returncode == 1
    assert done.stderr.startswith("Cookiecutter could not be fetched; is there a network?")
    assert "Traceback" not in done.stderr


def test_a_project_that_stands_is_not_rendered_again(copy: Path, programs: Path, tmp_path: Path) -> None:
    uv = '#!/bin/sh\ncase "$1" in --version) echo "uv 0.9.0";; *) pwd; echo "$@";; esac\n'
    program(programs, "uv", uv)
    project = tmp_path / "output" / "my_project"
    project.mkdir(parents=True)
    (project / "manage.py").touch()

    done = quickstart(copy, programs, "--output", str(tmp_path / "output"), "--port", "8123", "--no-reload")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == [str(project), "run --no-sync manage.py up --port 8123 --no-reload"]
