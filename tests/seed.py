"""The number that everything random in a run is drawn from, also in the tests of the projects that it renders."""

import os
import random
import subprocess
from typing import Final

from tests.project import ROOT

#: Where there is no git, or nothing was committed.
CONSTANT: Final = 20_260_101
#: The renders' tests read it.
VARIABLE: Final = "TEST_SEED"


def chosen(*, fresh: bool) -> int:
    """Return a new seed if it is to be ``fresh``, else that of the variable, else that of the committed files."""
    if fresh:
        return random.SystemRandom().getrandbits(32)
    if given := os.environ.get(VARIABLE):
        return int(given)
    command = ["git", "rev-parse", "--verify", "--quiet", "HEAD^{tree}"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return int(found[:8], 16) if found else CONSTANT
