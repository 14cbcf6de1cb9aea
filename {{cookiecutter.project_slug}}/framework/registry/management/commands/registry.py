"""``manage.py registry``: what the framework offers, and whether all of it works."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from framework.registry import catalogue, graph, plugins, statistics
from framework.registry.exceptions import ComponentNotFoundError
from framework.registry.faults import find_faults
from framework.tables import print_rows

COLUMNS: Final = ("category", "name", "summary")


class Command(BaseCommand):
    """One subcommand per question."""

    # They would import every component first.
    requires_system_checks = ()
    help = "List components, show one, check that all of them resolve, or draw how their categories depend."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        listing = actions.add_parser("list", help="list components by category")
        listing.add_argument("--category", help="only this category")
        show = actions.add_parser("show", help="show one component")
        show.add_argument("name")
        check = actions.add_parser("check", help="import every component; exit status 1 if one does not resolve")
        drawing = actions.add_parser("graph", help="draw which category knows which other, as a Mermaid flowchart")
        numbers = actions.add_parser("stats", help="count components, by category")
        for action in (listing, show, check, drawing, numbers):
            action.add_argument("--json", action="store_true", help="machine-readable output")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the subcommand."""
        plugins.discover_plugins()
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
        faults, number = find_faults(), len(catalogue.list_components())
        if options["json"]:
            self.stdout.write(
                json.dumps({"components": number, "faults": [asdict(fault) for fault in faults]}, indent=2)
            )
        else:
            for fault in faults:
                self.stderr.write(f"{fault.code} {fault.name}: {fault.reason}\n    {fault.hint}")
        if faults:
            raise CommandError(f"{len(faults)} faults in {number} components.")
        if not options["json"]:
            self.stdout.write(f"{number} components, all of them resolve.")

    def _graph(self, **options: Any) -> None:
        self.stdout.write(json.dumps(graph.dependency_graph(), indent=2) if options["json"] else graph.mermaid())

    def _stats(self, **options: Any) -> None:
        numbers = asdict(statistics.get_registry_stats())
        if options["json"]:
            self.stdout.write(json.dumps(numbers, indent=2))
            return
        counts = numbers.pop("by_category")
        rows = [(name.replace("_", " "), str(count)) for name, count in numbers.items()]
        print_rows(self.stdout, ("what", "number"), [*rows, *((name, str(count)) for name, count in counts.items())])
