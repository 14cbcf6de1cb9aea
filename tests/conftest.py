"""Rendering the template the way a user does, from what git would deliver."""

import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final

import pytest

from tests import leftovers, seed
from tests.project import EXAMPLE_APPS, ROOT, Project, ignored_environment
from tests.suites import SERVERS, SUITES, Background

# From fast to slow, so that a broken template is told in seconds; the renders' own tests run beside all of these.
ORDER: Final = (
    "source",
    "answers",
    "leftovers",
    "quickstart",
    "render",
    "environment",
    "quality",
    "story",
    "pythons",
    "life",
)
RUN: Final = pytest.StashKey[Path]()
BACKGROUND: Final = pytest.StashKey[Background]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be drawn anew."""
    what = "draw everything random from a new seed; without it from TEST_SEED, or from the files that git holds"
    parser.addoption("--fresh", action="store_true", help=what)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Draw the seed, and keep all that the run writes in one folder, which goes with it."""
    os.environ[seed.VARIABLE] = str(seed.chosen(fresh=config.option.fresh))
    if config.option.collectonly:
        return
    folder = Path(tempfile.mkdtemp(prefix="ashlar-tests-")).resolve()
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own
    config.stash[RUN] = folder
    config.option.basetemp = str(folder / "pytest")
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    signal.signal(signal.SIGTERM, _interrupt)
    # Where a shell has started it in the background, its suites would ignore being interrupted, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Whatever ends this process, the pipe closes, and the other side cleans up.
    watching = subprocess.Popen(
        [sys.executable, "-m", "tests.leftovers", str(folder)], cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True
    )
    config.add_cleanup(lambda: watching.communicate() and None)
    # Before that, also where an interruption has kept the fixture from it: what begins later is not swept away.
    config.add_cleanup(lambda: config.stash[BACKGROUND].stop() if BACKGROUND in config.stash else None)
    os.environ[leftovers.VARIABLE] = str(folder)
    # What renders have in common is looked at once.
    os.environ["MYPY_CACHE_DIR"] = str(folder / "types")


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Show who asks the run to end how far it came, as with Ctrl-C; once, since uv passes on what it gets itself."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort test files by what they cost."""

    def cost(item: pytest.Item) -> int:
        name = item.path.stem.removeprefix("test_")
        return ORDER.index(name) if name in ORDER else len(ORDER)

    items.sort(key=cost)


def pytest_report_header() -> list[str]:
    """Say what a red run has to be repeated with."""
    servers = [name for name, variable in SERVERS.items() if os.environ.get(variable)]
    return [
        f"drawn from {seed.VARIABLE}={os.environ[seed.VARIABLE]}",
        f"on {os.cpu_count()} cores, Python {platform.python_version()}; servers: {', '.join(servers) or 'none'}",
        f"renders use: UV_PYTHON={os.environ.get('UV_PYTHON', '(uv decides)')}",
        f"their own tests: {', '.join(suite.name for suite in SUITES)}",
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell what became of the renders' own tests: a line each, and of what failed or never ended its last words."""
    if background := config.stash.get(BACKGROUND, None):
        for name in background.begun:
            terminalreporter.section(f"the renders' own tests: {name}")
            terminalreporter.write_line(background.told(name))


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """Take away variables of the caller that would change what a render does; let it find the uv that runs us."""
    with pytest.MonkeyPatch.context() as patch:
        if "UV" in os.environ:
            patch.setenv("PATH", str(Path(os.environ["UV"]).parent), prepend=os.pathsep)
        # A render starts hundreds of processes, and each would compile all it imports.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        for name in ignored_environment():
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template without what git ignores: no cache, no database, no environment."""
    copy = tmp_path_factory.mktemp("template")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="session")
def shared_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where all renders keep their packages: their locks are the same."""
    return tmp_path_factory.mktemp("packages") / "venv"


@pytest.fixture(scope="session")
def projects(template: Path, shared_venv: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """Return a fresh render, committed to git, its packages installed, for each combination of choices."""
    folder = tmp_path_factory.mktemp("renders")
    return {app: make_project(template, folder / app, shared_venv, example_app=app) for app in EXAMPLE_APPS}


@pytest.fixture(scope="session", params=EXAMPLE_APPS)
def project(request: pytest.FixtureRequest, projects: dict[str, Project]) -> Project:
    """Return each of the renders in turn; their own tests may run in them at the same time."""
    return projects[request.param]


@pytest.fixture(scope="session")
def orders_project(template: Path, shared_venv: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a fresh render with the example application, in which nothing else runs."""
    return make_project(template, tmp_path_factory.mktemp("orders"), shared_venv, example_app="orders")


@pytest.fixture(scope="session", autouse=True)
def background(request: pytest.FixtureRequest, _clean_environment: None) -> Iterator[Background]:
    """Begin the selected suites of the renders' own tests with the first test, and run them beside the others."""
    selected = {item.name for item in request.session.items}
    names = [suite.name for suite in SUITES if f"test_its_own_tests_pass[{suite.name}]" in selected]
    background = Background(logs=request.config.stash[RUN])
    request.config.stash[BACKGROUND] = background
    if names:
        background.start(names, request.getfixturevalue("projects"))
    yield background
    background.stop()


def make_project(template: Path, folder: Path, venv: Path, **answers: str) -> Project:
    """Render, commit and install a project called ``fresh_shop``."""
    answers = {"project_name": "Fresh Shop"} | answers
    command = [sys.executable, "-m", "cookiecutter", "--no-input", "--default-config", "--output-dir", str(folder)]
    subprocess.run([*command, str(template), *(f"{name}={value}" for name, value in answers.items())], check=True)
    project = Project(folder / "fresh_shop", venv)
    for step in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "Fresh"]):
        project.run("git", *step).must_succeed()
    project.run("uv", "sync", "--locked", "--quiet", "--group", "typing").must_succeed()
    return project
