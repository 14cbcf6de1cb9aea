"""``manage.py tour`` against the real site."""

import json
import os
import re
import signal
import subprocess
import sys

from framework.conf.environment import ROOT
from tests.patience import PATIENCE_SECONDS

from .conftest import StartSite, until
from .ordering import is_complete, order


def tour(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), "tour", "--url", url, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False, cwd=ROOT)


def test_the_tour_observes_every_step_of_a_running_site_and_fails_once_its_worker_is_stopped(
    start_site: StartSite,
) -> None:
    site = start_site()
    page = order(site)
    until(lambda: is_complete(site, page), what="the worker did not start", log=site.log)

    done = tour(site.url, "--json")
    workers = site.workers()
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    without = tour(site.url, "--timeout", "3", "--json")

    seen = json.loads(done.stdout)
    assert done.returncode == 0, seen["problems"]
    assert [step["name"] for step in seen["steps"]] == [
        *("request", "transaction", "event", "outbox", "message", "worker", "receipt", "invalidated", "recomputed")
    ]
    assert seen["orders_after"] == seen["orders_before"] + 1
    # The command itself and what it forked.
    assert len(workers) == 2
    assert without.returncode == 1
    assert "worker" in json.loads(without.stdout)["missing"]


def test_the_tour_fails_and_names_what_is_missing_when_no_worker_runs(start_site: StartSite) -> None:
    site = start_site(workers=0)

    done = tour(site.url, "--timeout", "3")
    if "outbox" in done.stderr:
        # A machine that needs longer to see what is there.
        done = tour(site.url, "--timeout", str(PATIENCE_SECONDS // 2))

    assert done.returncode == 1
    assert re.search(r"worker: not seen within \d+ s; is the worker running\?", done.stderr)
    assert "outbox" not in done.stderr


def test_a_site_that_does_not_answer_is_told_in_one_sentence() -> None:
    done = tour("http://127.0.0.1:9")

    assert done.returncode == 1
    assert done.stderr.strip() == "Nothing answers at http://127.0.0.1:9; start the site with: manage.py up"
