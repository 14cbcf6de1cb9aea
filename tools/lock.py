"""Bring the project's ``uv.lock``, and the names a project cannot have, in step with its dependencies.

``uv run tools/lock.py`` keeps the locked versions where it can; ``uv run tools/lock.py --upgrade`` takes the newest.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "{{cookiecutter.project_slug}}"
PRE_GEN = ROOT / "hooks" / "pre_gen_project.py"
UV = os.environ.get("UV", "uv")  # set by uv run
SLUG = "locked_project"
NAME_IN_LOCK = "{{ cookiecutter.project_slug | replace('_', '-') }}"
IMPORT_NAMES = "import importlib.metadata, json; print(json.dumps(sorted(importlib.metadata.packages_distributions())))"


def main(arguments: list[str]) -> None:
    """Lock a render, and bring what was locked back into the template."""
    with tempfile.TemporaryDirectory() as folder:
        project = render(Path(folder))
        environment = os.environ | {"UV_PROJECT_ENVIRONMENT": str(project / ".venv")}
        subprocess.run([UV, "lock", *arguments], cwd=project, env=environment, check=True)
        lock = (project / "uv.lock").read_text(encoding="utf-8")
        subprocess.run([UV, "sync", "--locked", "--quiet"], cwd=project, env=environment, check=True)
        listing = subprocess.run(
            [UV, "run", "--no-sync", "python", "-c", IMPORT_NAMES],
            cwd=project,
            env=environment,
            check=True,
            capture_output=True,
        ).stdout
    own_name = f'name = "{SLUG.replace("_", "-")}"'
    if lock.count(own_name) != 1:
        sys.exit(f"uv.lock has {lock.count(own_name)} lines {own_name}; one was expected")
    locked = lock.replace(own_name, f'name = "{NAME_IN_LOCK}"')
    (SOURCE / "uv.lock").write_text(locked, encoding="utf-8", newline="\n")
    write_installed_names(installed_names(lock, json.loads(listing)))


def render(folder: Path) -> Path:
    """Render a project into ``folder`` and return where it is."""
    command = [sys.executable, "-m", "cookiecutter", "--no-input", "--default-config", "--output-dir", str(folder)]
    subprocess.run([*command, str(ROOT), f"project_slug={SLUG}"], check=True)
    return folder / SLUG


def installed_names(lock: str, import_names: list[str]) -> list[str]:
    """Return what a project cannot be called: the locked packages and the modules they bring."""
    packages = {package["name"].replace("-", "_") for package in tomllib.loads(lock)["package"]} - {SLUG}
    modules = {name for name in import_names if re.fullmatch(r"[a-z][a-z0-9_]*", name)}
    return sorted(packages | modules)


def write_installed_names(names: list[str]) -> None:
    """Put ``names`` into the hook that refuses them."""
    block = textwrap.fill(" ".join(names), width=118, break_long_words=False, break_on_hyphens=False)
    text = PRE_GEN.read_text(encoding="utf-8")
    text = re.sub(r'(?<=INSTALLED_NAMES = """\n).*?(?=\n""")', block, text, flags=re.DOTALL)
    PRE_GEN.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
