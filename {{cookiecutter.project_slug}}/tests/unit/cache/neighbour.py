"""Another process that uses the same cache: ``python -m tests.unit.cache.neighbour CACHES-as-JSON ACTION KEY``."""

import json
import sys
import time
from pathlib import Path
from typing import Any


def main(caches_json: str, database: str, action: str, *arguments: str) -> None:
    """Do ``action`` for each line read, answering ``done`` when it is."""
    import django
    from django.conf import settings
    from django.core.cache import cache

    settings.CACHES = json.loads(caches_json)
    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    _answer("ready")
    for line in sys.stdin:
        word = line.strip()
        if action == "set":
            cache.set("shared", word)
        elif action == "delete":
            cache.delete("shared")
        elif action == "invalidate":
            from framework.cache import invalidate_tags

            invalidate_tags(word)
        else:
            cache.get_or_set("expensive", _slow_note(Path(arguments[0])))
        _answer(f"done {time.time()}")


def _slow_note(path: Path) -> Any:
    def compute() -> str:
        with path.open("a") as file:
            file.write("computed\n")
        time.sleep(0.1)
        return "value"

    return compute


def _answer(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
