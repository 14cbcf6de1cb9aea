"""What every benchmark of this folder does in the end: print, write figures, compare with the goals."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path


def parser(description: str, *, has_goals: bool = True) -> ArgumentParser:
    """Return the options that benchmarks share; ``--check`` only where there are goals."""
    options = ArgumentParser(description=description)
    options.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    options.set_defaults(check=False)
    if has_goals:
        options.add_argument("--check", action="store_true", help="exit with status 1 when a goal is missed")
    return options


def finish(options: Namespace, figures: Mapping[str, object], missed: Iterable[str] = ()) -> int:
    """Write ``figures`` where the options say, name what was ``missed``, and return the exit status."""
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    names = list(missed)
    if options.check and names:
        sys.stderr.write(f"Missed: {'; '.join(names)}\n")
        return 1
    return 0
