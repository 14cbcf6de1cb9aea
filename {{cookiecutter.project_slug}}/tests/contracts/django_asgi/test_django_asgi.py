"""An ASGI handler of this project is what Django's own tests expect of one."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from framework.conf.environment import ROOT
from tests.contracts.source import DJANGO

MODULE: Final = "tests.contracts.django_asgi"
TESTS: Final = 28


@pytest.mark.parametrize(
    "handler", ["framework.middleware.application.ASGIHandler", "framework.middleware.lean.LeanASGIHandler"]
)
def test_each_of_djangos_tests_passes(handler: str, tmp_path: Path) -> None:
    of_django = DJANGO.tests()
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(of_django)]), "HANDLER": handler}
    command = [sys.executable, "-m", "django", "test", f"{MODULE}.suite.Ours", "--settings", f"{MODULE}.settings"]

    process = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=variables, check=False)

    assert process.returncode == 0, process.stderr
    assert re.search(rf"^Ran {TESTS} tests", process.stderr, re.MULTILINE), process.stderr
    assert process.stderr.rstrip().endswith("OK"), process.stderr
