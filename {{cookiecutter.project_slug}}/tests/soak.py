"""``python -m tests.soak``: the tests that draw their inputs or moments, again and again, each time from a new seed.

    uv run python -m tests.soak --minutes 30 -n 2 -k cache

Options it does not know go to pytest. Ends with status 1 at the first run that fails, and says its seed.
"""

import argparse
import os
import subprocess
import sys
import time

from framework.conf.environment import ROOT
from tests import seed


def main(arguments: list[str]) -> int:
    """Run until the time is over or a run fails; a run that has begun is not cut off."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="for how long runs begin (default: 10)")
    options, of_pytest = parser.parse_known_args(arguments)
    end, runs = time.monotonic() + options.minutes * 60, 0
    while not runs or time.monotonic() < end:
        drawn = str(seed.chosen(fresh=True))
        command = [sys.executable, "-m", "pytest", "-q", "-m", "random", *of_pytest]
        status = subprocess.call(command, cwd=ROOT, env=os.environ | {seed.VARIABLE: drawn})
        runs += 1
        if status:
            sys.stderr.write(f"Run {runs} failed; again with {seed.VARIABLE}={drawn}\n")
            return 1
    sys.stderr.write(f"{runs} runs, none failed.\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
