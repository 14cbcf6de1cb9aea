"""What happens at import, at a fork and at the end of a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from framework.conf.environment import ROOT
from tests.patience import PATIENCE_SECONDS
from tests.requirement import need

from .configurations import tiered
from .servers import PrivateRedis

IMPORTS = """
import threading, sys
import framework.cache
assert "django" not in sys.modules
import django; django.setup()
import framework.cache.backend, framework.cache.redis, framework.cache.decorator
assert threading.active_count() == 1, threading.enumerate()
"""

FORKS = """
import json, os, sys, time, threading
from django.conf import settings
settings.CACHES = json.loads(sys.argv[1])
import django; django.setup()
from django.core.cache import cache
from django.core.cache import caches

def hits_memory():
    backend = caches["default"]
    end = time.monotonic() + 300
    while time.monotonic() < end:
        cache.get("key")
        if backend.copies.recall(backend.copies.space + backend.make_key("key")) == "value":
            return True
        time.sleep(0.005)
    return False

cache.set("key", "value")
assert hits_memory()
child = os.fork()
if child == 0:
    assert hits_memory()
    assert "cache-coherence" in [thread.name for thread in threading.enumerate()]
    cache.set("key", "value")
    from framework.cache.coherence.channel import stop_all
    stop_all()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert hits_memory()
"""


def test_importing_starts_no_thread_and_the_front_door_no_django() -> None:
    _run(IMPORTS)


@pytest.mark.redis
def test_a_forked_child_listens_for_itself_and_ends_cleanly(redis_server: PrivateRedis, tmp_path: Path) -> None:
    need(hasattr(os, "fork"), "a system with fork")
    _run(FORKS, json.dumps(tiered(["memory", "redis"], tmp_path, redis_url=redis_server.url)))


def _run(program: str, *arguments: str) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "ENVIRONMENT": "test"}
    finished = subprocess.run(
        # Forking with a thread running is what servers do, and what this is about.
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
