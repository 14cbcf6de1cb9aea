"""The number that everything random in a run of the tests is drawn from: the order, inputs, times of kills."""

import os
import random
import subprocess
from typing import Final

from framework.conf.environment import ROOT

#: Where there is no git, or nothing was committed.
CONSTANT: Final = 20_260_101
VARIABLE: Final = "TEST_SEED"


def chosen(*, fresh: bool = False) -> int:
    """Return a new seed if it is to be ``fresh``, else that of the variable, else that of the committed files."""
    if fresh:
        return random.SystemRandom().getrandbits(32)
    if given := os.environ.get(VARIABLE):
        return int(given)
    return _of_the_tree()


def _of_the_tree() -> int:
    command = ["git", "rev-parse", "--verify", "--quiet", "HEAD^{tree}"]
    try:
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return CONSTANT
    return int(found[:8], 16) if found else CONSTANT
