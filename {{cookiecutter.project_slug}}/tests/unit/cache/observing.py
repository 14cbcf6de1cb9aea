"""Processes that read and write at random, and the age of what they read."""

import json
import os
import subprocess
import sys
import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.db import connection
from django.test import override_settings

from framework.conf.environment import ROOT

from .configurations import tiered
from .observer import OF_A_PROCESS, Orders, Seen

PROCESSES: Final = 4


def on_hosts(folder: Path, url: str, **options: Any) -> list[dict[str, Any]]:
    """Return settings for each process, each with generations of its own, as if it were a host of its own."""
    for number in range(PROCESSES):
        (folder / f"host{number}").mkdir()
    return [
        tiered(["memory", "redis"], folder / f"host{number}", redis_url=url, **options) for number in range(PROCESSES)
    ]


def observe(folder: Path, configurations: Sequence[dict[str, Any]], operations: int, pause: float = 0.0) -> list[Seen]:
    """Run the processes side by side, ``pause`` seconds between two operations, and return all they saw."""
    with override_settings(CACHES=configurations[0]):
        caches["default"].clear()
    places = PROCESSES * OF_A_PROCESS
    truth = folder / "truth"
    truth.write_bytes(bytes(8 * places))
    Group.objects.bulk_create(Group(pk=1 + place, name=f"group {place}") for place in range(places))
    running = []
    for number, configuration in enumerate(configurations):
        orders = Orders(
            caches=configuration,
            database=str(connection.settings_dict["NAME"]),
            truth=str(truth),
            process=number,
            processes=PROCESSES,
            operations=operations,
            seed=number,
            log=str(folder / f"seen{number}.json"),
            pause=pause,
        )
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.unit.cache.observer", json.dumps(asdict(orders))],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "SECRET_KEY": settings.SECRET_KEY},
            )
        )
    for process in running:
        assert process.stdout is not None
        while process.stdout.readline().strip() != "ready":
            assert process.poll() is None
    outputs = [threading.Thread(target=process.communicate, args=("go\n",)) for process in running]
    for output in outputs:
        output.start()
    for output in outputs:
        output.join()
    assert [process.returncode for process in running] == [0] * PROCESSES
    return [
        Seen(**each) for number in range(PROCESSES) for each in json.loads((folder / f"seen{number}.json").read_text())
    ]


def ages(logs: Sequence[Seen]) -> Iterator[tuple[int, Seen]]:
    """Yield each read that returned what was no longer there when it began, and for how long, in nanoseconds.

    A write came after another one for certain if it began when that had ended; overlapping ones have no order.
    """
    writes: dict[str, list[Seen]] = defaultdict(list)
    for seen in logs:
        if seen.kind == "write":
            writes[seen.subject].append(seen)
    for subject, of_subject in writes.items():
        of_subject.sort(key=lambda each: each.began)
        # The soonest end among the writes that begin at this one or later.
        soonest = list(accumulate((each.ended for each in reversed(of_subject)), min))[::-1]
        ended = {each.value: each.ended for each in of_subject if each.value is not None}
        begins = [each.began for each in of_subject]
        for read in logs:
            if read.kind == "read" and read.subject == subject and read.value in ended:
                newer = bisect_right(begins, ended[read.value])
                if newer < len(soonest) and soonest[newer] < read.began:
                    yield read.began - soonest[newer], read
