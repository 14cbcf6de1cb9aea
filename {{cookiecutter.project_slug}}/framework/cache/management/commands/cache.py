"""``manage.py cache``: look at the cache and empty it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.cache import cache, caches
from django.core.management.base import BaseCommand

from framework.cache.tagging import invalidate_tags


class Command(BaseCommand):
    """One subcommand per question or action."""

    help = "Show what the cache holds for a key and in which tier, invalidate tags, or empty the cache."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        explain = actions.add_parser("explain", help="show which tier holds a key, and what")
        explain.add_argument("key")
        explain.add_argument("--json", action="store_true", help="machine-readable output")
        invalidate = actions.add_parser("invalidate", help="outdate every entry that carries a tag")
        invalidate.add_argument("tag", nargs="+")
        actions.add_parser("clear", help="empty every tier, in every process")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the subcommand."""
        if action == "explain":
            self._explain(options["key"], as_json=options["json"])
        elif action == "invalidate":
            invalidate_tags(*options["tag"])
            self.stdout.write(f"Invalidated: {', '.join(options['tag'])}")
        else:
            cache.clear()
            self.stdout.write("The cache is empty.")

    def _explain(self, key: str, *, as_json: bool) -> None:
        tiered = caches["default"]
        made = tiered.make_key(key)
        missing = object()
        rows = [
            {"tier": alias, "holds": (value := caches[alias].get(made, missing)) is not missing, "value": value}
            for alias in getattr(tiered, "tiers", ())
        ]
        for row in rows:
            row["value"] = repr(row["value"]) if row["holds"] else None
        if as_json:
            self.stdout.write(json.dumps({"key": key, "made": made, "tiers": rows}, indent=2))
            return
        for row in rows:
            self.stdout.write(f"{row['tier']}: {row['value'] if row['holds'] else 'nothing'}")
