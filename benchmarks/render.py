"""``uv run benchmarks/render.py``: what a render takes, as a multiple of what Cookiecutter needs to say its version."""

import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
TURNS: Final = 10
#: Most that a render may take of Cookiecutter's own start.
GOAL: Final = 2.5


def main() -> int:
    """Take turns, print the medians and their ratio; the exit status is 1 when the goal is missed."""
    cookiecutter = [sys.executable, "-m", "cookiecutter"]
    starts, renders = [], []
    with TemporaryDirectory() as folder:
        for turn in range(TURNS):
            starts.append(_seconds([*cookiecutter, "--version"]))
            output = ["--output-dir", str(Path(folder) / str(turn))]
            renders.append(_seconds([*cookiecutter, "--no-input", "--default-config", *output, str(ROOT)]))
    start, render = statistics.median(starts), statistics.median(renders)
    sys.stdout.write(f"cookiecutter --version {start:.3f} s, a render {render:.3f} s: {render / start:.2f} ({GOAL})\n")
    return 1 if render / start > GOAL else 0


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
