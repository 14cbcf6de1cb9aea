"""Sites that share a Redis do not meet there."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings

from framework.conf.environment import ROOT
from tests.unit.cache.servers import PrivateRedis, private_redis

pytestmark = pytest.mark.redis

NOTHING = {"value": None, "in the tier": None, "messages": 0, "requests left": 8}
# What one process of a site has sealed, the next one can read.
SECRET_KEY = secrets.token_urlsafe(50)
#: After one visit that left something.
SOMETHING = {"value": "value", "in the tier": "value", "messages": 1, "requests left": 7}


def visit(server: PrivateRedis, folder: Path, *arguments: str, **variables: str) -> dict[str, Any]:
    """Run a process of a site, and return what it found."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "NAMESPACE")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.contracts.neighbour", *arguments],
        cwd=ROOT,
        env={
            **kept,
            "ENVIRONMENT": "test",
            "SECRET_KEY": SECRET_KEY,
            "STATE_DIR": str(folder),
            "REDIS_URL": server.url,
            "BROKER_URL": server.url,
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_sites_that_share_a_redis_do_not_meet(tmp_path: Path) -> None:
    with private_redis(tmp_path) as server:
        first, second = tmp_path / "first", tmp_path / "second"
        assert visit(server, first) == NOTHING
        assert visit(server, second, "clear", NAMESPACE="other") == NOTHING
        assert visit(server, first) == SOMETHING
        with redis.Redis(port=server.port) as client:
            keys = [key.decode().partition(":")[0] for key in client.scan_iter("*")]

    assert set(keys) == {settings.CONFIG.site.name, "other"}
