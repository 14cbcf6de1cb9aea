"""``manage.py registry``: what the framework offers, and whether all of it works."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from framework.registry import catalogue
from framework.registry.exceptions import ComponentNotFoundError
from framework.tables import print_rows

COLUMNS: Final = ("category", "name", "summary")


class Command(BaseCommand):
    """One subcommand per question."""

    help = "List components, show one, or check that all of them resolve."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        listing = actions.add_parser("list", help="list components by category")
        listing.add_argument("--category", help="only this category")
        show = actions.add_parser("show", help="show one component")
        show.add_argument("name")
        check = actions.add_parser("check", help="import every component; exit status 1 if one does not resolve")
        for action in (listing, show, check):
            action.add_argument("--json", action="store_true", help="machine-readable output")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the subcommand."""
        getattr(self, f"_{action}")(**options)

    def _list(self, **options: Any) -> None:
        if options["category"] and options["category"] not in catalogue.categories():
            raise CommandError(
                f"There is no category {options['category']!r}; there are: {', '.join(catalogue.categories())}."
            )
        rows = [asdict(catalogue.inspect(name)) for name in catalogue.list_components(options["category"])]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        print_rows(self.stdout, COLUMNS, sorted([row[column] for column in COLUMNS] for row in rows))

    def _show(self, **options: Any) -> None:
        try:
            component = asdict(catalogue.inspect(options["name"]))
        except ComponentNotFoundError as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(component, indent=2))
            return
        for name, value in component.items():
            self.stdout.write(f"{name}: {value}")

    def _check(self, **options: Any) -> None:
        broken = catalogue.validate()
        if options["json"]:
            self.stdout.write(json.dumps({"components": len(catalogue.list_components()), "broken": broken}, indent=2))
        for name, reason in broken.items():
            self.stderr.write(f"{name}: {reason}")
        if broken:
            raise CommandError(f"{len(broken)} of {len(catalogue.list_components())} components do not resolve.")
        if not options["json"]:
            self.stdout.write(f"{len(catalogue.list_components())} components, all of them resolve.")
