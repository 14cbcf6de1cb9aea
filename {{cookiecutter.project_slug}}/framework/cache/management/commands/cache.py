"""``manage.py cache``: look at the cache, make it ready, and empty it."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.core.cache import caches
from django.core.management.base import BaseCommand, CommandError
from rich.progress import Progress

from framework.cache.backend import TieredCache
from framework.cache.condition import condition
from framework.cache.explanation import explain
from framework.cache.known_tags import similar_tag
from framework.cache.tagging import invalidate_tags
from framework.cache.warming import warm, warm_ups
from framework.tables import console_for, print_rows

WIDTH: Final = 120


class Command(BaseCommand):
    """One subcommand per question or action."""

    help = "Show the tiers and what they hold for a key, invalidate tags, compute results ahead, or empty the cache."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        stats = actions.add_parser("stats", help="show whether each tier answers, and how fast")
        get = actions.add_parser("get", help="show which tier holds a key, and what")
        why = actions.add_parser(
            "explain", help="show how a key is stored, what each tier holds and how long that lasts"
        )
        for about_a_key in (get, why):
            about_a_key.add_argument("key")
        warming = actions.add_parser("warm", help="compute the results that functions decorated with @warms ask for")
        warming.add_argument("name", nargs="*", help="the dotted name of such a function; without one, all")
        for asking in (stats, get, why, warming):
            asking.add_argument("--json", action="store_true", help="machine-readable output")
        invalidate = actions.add_parser("invalidate", help="outdate every entry that carries a tag")
        invalidate.add_argument("tag", nargs="+")
        actions.add_parser("clear", help="empty every tier, in every process")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the subcommand."""
        cache = caches["default"]
        if not isinstance(cache, TieredCache):
            raise CommandError("The default cache has no tiers; see CACHES in the settings.")
        if action == "stats":
            self._show([asdict(row) for row in condition(cache)], as_json=options["json"])
        elif action == "get":
            held = [asdict(holding) for holding in explain(cache, options["key"]).holdings]
            columns = ("tier", "holds", "ends_in", "value")
            self._show([{name: row[name] for name in columns} for row in held], as_json=options["json"])
        elif action == "explain":
            self._explain(cache, options["key"], as_json=options["json"])
        elif action == "warm":
            self._warm(options["name"], as_json=options["json"])
        elif action == "invalidate":
            import_module(settings.ROOT_URLCONF)
            for tag in options["tag"]:
                if meant := similar_tag(tag):
                    raise CommandError(f"No cached function carries the tag {tag!r}; did you mean {meant!r}?")
            invalidate_tags(*options["tag"])
            self.stdout.write(f"Invalidated: {', '.join(options['tag'])}")
        else:
            cache.clear()
            self.stdout.write("The cache is empty.")

    def _explain(self, cache: TieredCache, key: str, *, as_json: bool) -> None:
        found = explain(cache, key)
        if as_json:
            self.stdout.write(json.dumps(asdict(found), indent=2))
            return
        self.stdout.write(f"{found.key} is {found.made}, slot {found.slot}, generation {found.generation:x}")
        self._show([asdict(holding) for holding in found.holdings], as_json=False)

    def _warm(self, names: Sequence[str], *, as_json: bool) -> None:
        # What views use is imported with them.
        import_module(settings.ROOT_URLCONF)
        if unknown := sorted(set(names) - set(warm_ups())):
            known = ", ".join(warm_ups()) or "none"
            raise CommandError(f"Nothing warms as {', '.join(unknown)}; there is: {known}.")
        rows = []
        with Progress(console=console_for(self.stderr), transient=True, disable=as_json) as progress:
            for name in names or warm_ups():
                bar, began, results = progress.add_task(name, total=None), time.perf_counter(), 0
                for _ in warm(name):
                    results += 1
                    progress.advance(bar)
                rows.append({"name": name, "results": results, "seconds": round(time.perf_counter() - began, 2)})
        if rows or as_json:
            self._show(rows, as_json=as_json)
        else:
            self.stdout.write("Nothing to warm: decorate a function with @warms(a cached function).")

    def _show(self, rows: list[dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(rows, indent=2))
        else:
            columns = [name.replace("_", " ") for name in rows[0]]
            print_rows(self.stdout, columns, [row.values() for row in rows], width=WIDTH)
