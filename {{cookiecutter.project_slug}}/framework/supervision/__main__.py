"""``python -P framework/supervision/__main__.py [options] -- script [arguments]``: keep a script running."""

import sys
from argparse import REMAINDER, ArgumentParser
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    # It is run by its file, from wherever; the folder of that file is no place to import from.
    sys.path.insert(0, str(ROOT))

from framework.supervision.supervisor import Supervisor  # noqa: E402 - not before its folder is known
from framework.supervision.warm_start import Begin  # noqa: E402

WATCHED_FOLDERS: Final = ("apps", "config", "framework")


def main() -> int:
    """Run what the command line says."""
    parser = ArgumentParser(prog="supervisor", description=__doc__)
    parser.add_argument("--reload", action="store_true", help="start anew when a Python file changes")
    parser.add_argument("--overlap", action="store_true", help="let the old one end while the new one runs already")
    parser.add_argument("--grace", type=float, default=10.0, help="seconds the script gets to end")
    parser.add_argument("script", nargs=REMAINDER, help="a Python file and its arguments")
    options = parser.parse_args()
    script = options.script[1:] if options.script[:1] == ["--"] else options.script
    folders = [ROOT / name for name in WATCHED_FOLDERS if (ROOT / name).is_dir()] if options.reload else []
    try:
        return Supervisor(script, folders=folders, overlap=options.overlap, grace=options.grace).run()
    except Begin as begin:
        begin.run()
        return 0


if __name__ == "__main__":
    sys.exit(main())
