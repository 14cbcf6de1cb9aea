"""The tiered cache is what Django's own tests expect of a cache."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from framework.conf.environment import ROOT
from tests.contracts.source import DJANGO
from tests.unit.cache.servers import private_redis

MODULE: Final = "tests.contracts.django_cache"
TESTS: Final = 62
NOT_APPLICABLE: Final = {
    "test_cull": "A tiered cache has no bound of its own; its tiers have.",
    "test_zero_cull": "A tiered cache has no bound of its own; its tiers have.",
    "test_cull_delete_when_store_empty": "A tiered cache has no bound of its own; its tiers have.",
}
TIERS: Final = ("memory,database", "memory,redis", "memory,redis,database")
# Some tests have a docstring, which stands between name and result.
_RESULT: Final = re.compile(r"^(test_\w+) \([^)]*\)(?:\n.*)? \.\.\. (\w+)", flags=re.MULTILINE)


@pytest.mark.redis
def test_each_of_djangos_tests_passes_or_is_listed(tmp_path: Path) -> None:
    of_django = DJANGO.tests()
    with private_redis(tmp_path) as server, ThreadPoolExecutor(len(TIERS)) as side_by_side:
        runs = list(side_by_side.map(lambda tiers: run(of_django, tiers, tmp_path, server.url), TIERS))

    for tiers, process in zip(TIERS, runs, strict=True):
        told = f"{tiers}:\n{process.stderr}"
        results = dict(_RESULT.findall(process.stderr))
        assert process.returncode == 0, told
        assert len(results) == TESTS, told
        assert {name for name, result in results.items() if result != "ok"} == NOT_APPLICABLE.keys(), told


def run(of_django: Path, tiers: str, folder: Path, redis_url: str) -> subprocess.CompletedProcess[str]:
    """Run Django's tests over ``tiers``, in a process with settings of its own."""
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(of_django)]),
        "TIERS": tiers,
        "COHERENCE_FILE": str(folder / f"{tiers}.coherence"),
        # They empty the cache after each test.
        "REDIS_URL": redis_url.removesuffix("/0") + f"/{TIERS.index(tiers)}",
    }
    command = [sys.executable, "-m", "django", "test", f"{MODULE}.suite", "--settings", f"{MODULE}.settings", "-v", "2"]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=variables, check=False)
