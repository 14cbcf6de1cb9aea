"""One protocol for every system, ours or a peer: ``python -m benchmarks.comparison.driver MODULE ACTION [NUMBER ...]``.

Runs in the system's own environment and imports nothing but the standard library. Each action prints one
line of JSON.
"""

import importlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

FILL_BATCH: Final = 500
# About once a second: by then every back-off of an idle worker has grown to its longest.
SPARSE_SECONDS: Final = (0.8, 1.4)


class Side:
    """What the module of a system offers; only ``send``, ``hold`` and ``worker`` must be there."""

    def __init__(self, module: Any) -> None:
        self.send: Callable[[int], object] = module.send
        self.hold: Callable[[int], object] = module.hold
        self.worker: Callable[[], list[list[str]]] = module.worker
        self.beside: Callable[[], list[list[str]]] = getattr(module, "beside", list)
        self.transaction: Callable[[], AbstractContextManager[Any]] = getattr(module, "transaction", nullcontext)
        self.prepare: Callable[[], object] = getattr(module, "prepare", lambda: None)
        self.crowd: Callable[[int, int], object] = getattr(module, "crowd", lambda ended, delayed: None)

    def send_many(self, number: int, per: int) -> float:
        """Send ``number`` tasks, ``per`` in each transaction; return how many seconds it took."""
        began = time.perf_counter()
        for first in range(0, number, per):
            with self.transaction():
                for index in range(first, min(first + per, number)):
                    self.send(index)
        return time.perf_counter() - began

    def send_sparsely(self, number: int) -> dict[int, int]:
        """Send a task now and then; return when each was about to be sent, without the first, which connects."""
        sent = {}
        for index in range(number + 1):
            time.sleep(random.uniform(*SPARSE_SECONDS))
            sent[index] = time.time_ns()
            self.send(index)
        del sent[0]
        return sent


def run_all(commands: list[list[str]]) -> None:
    """Run ``commands`` side by side in this process group until the first ends; it should not."""
    processes = [subprocess.Popen(command) for command in commands]
    while all(process.poll() is None for process in processes):
        time.sleep(0.1)
    sys.exit("A process of the worker ended")


def load(name: str) -> Side:
    """Return the side in module ``name``, with Django set up if there is one."""
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        importlib.import_module("django").setup()
    return Side(importlib.import_module(name))


def act(side: Side, action: str, *numbers: int) -> object:
    """Do what was asked; return what is to be printed."""
    match action:
        case "prepare":
            side.prepare()
        case "crowd":
            side.crowd(numbers[0], numbers[1])
        case "fill":
            side.send_many(numbers[0], FILL_BATCH)
        case "enqueue":
            side.send_many(1, 1)  # connects
            return side.send_many(numbers[0], numbers[1])
        case "sparse":
            return side.send_sparsely(numbers[0])
        case "hold":
            with side.transaction():
                for index in range(numbers[0]):
                    side.hold(index)
        case "worker":
            run_all(side.worker())
        case "beside":
            run_all(side.beside())
        case _:
            raise ValueError(f"{action!r} is no action of the driver")
    return None


if __name__ == "__main__":
    result = act(load(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
    sys.stdout.write(json.dumps(result) + "\n")
