"""Sites that share servers do not meet there."""

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

NOTHING = {"value": None, "in the tier": None, "messages": 0, "requests left": 8}
# What one process of a site has sealed, the next one can read.
SECRET_KEY = secrets.token_urlsafe(50)
#: After one visit that left something.
SOMETHING = {"value": "value", "in the tier": "value", "messages": 1, "requests left": 7}


def visit(server: PrivateRedis, broker: str, folder: Path, *arguments: str, **variables: str) -> dict[str, Any]:
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
            "BROKER_URL": broker,
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("carrier", ["redis", "rabbitmq"])
def test_sites_that_share_servers_do_not_meet(carrier: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with private_redis(tmp_path) as server:
        broker = server.url if carrier == "redis" else request.getfixturevalue("rabbitmq_url")
        first, second = tmp_path / "first", tmp_path / "second"
        assert visit(server, broker, first) == NOTHING
        assert visit(server, broker, second, "clear", NAMESPACE="other") == NOTHING
        assert visit(server, broker, first) == SOMETHING
        with redis.Redis(port=server.port) as client:
            keys = [key.decode().partition(":")[0] for key in client.scan_iter("*")]

    assert set(keys) == {settings.CONFIG.site.name, "other"}
