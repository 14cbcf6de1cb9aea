"""``manage.py cache``: look at the cache and empty it."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any, Final

from django.core.cache import caches
from django.core.management.base import BaseCommand, CommandError

from framework.cache.backend import TieredCache
from framework.cache.condition import condition
from framework.cache.envelope import MISSING, unwrap
from framework.cache.tagging import invalidate_tags
from framework.tables import print_rows

WIDTH: Final = 120


class Command(BaseCommand):
    """One subcommand per question or action."""

    help = "Show the tiers and what they hold for a key, invalidate tags, or empty the cache."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        stats = actions.add_parser("stats", help="show whether each tier answers, and how fast")
        get = actions.add_parser("get", help="show which tier holds a key, and what")
        get.add_argument("key")
        for asking in (stats, get):
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
            rows = [asdict(row) for row in condition(cache)]
            self._show(rows, as_json=options["json"])
        elif action == "get":
            self._show(_holders(cache, options["key"]), as_json=options["json"])
        elif action == "invalidate":
            invalidate_tags(*options["tag"])
            self.stdout.write(f"Invalidated: {', '.join(options['tag'])}")
        else:
            cache.clear()
            self.stdout.write("The cache is empty.")

    def _show(self, rows: list[dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(rows, indent=2))
        else:
            columns = [name.replace("_", " ") for name in rows[0]]
            print_rows(self.stdout, columns, [row.values() for row in rows], width=WIDTH)


def _holders(cache: TieredCache, key: str) -> list[dict[str, Any]]:
    made = cache.make_key(key)
    rows = []
    for tier in [*cache.between, cache.last]:
        stored = tier.ask(lambda asked: asked.get(made, MISSING), MISSING)
        value, ends, _ = (None, None, False) if stored is MISSING else unwrap(made, stored)
        rows.append({"tier": tier.alias, "holds": stored is not MISSING, "ends_at": ends, "value": repr(value)})
    return rows
