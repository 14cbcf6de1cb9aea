"""``manage.py flags``: list and switch feature flags."""

import json
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from framework.features.flags import UnknownFlagError, declared_flags, find_flag
from framework.features.models import FlagSwitch
from framework.tables import print_rows

COLUMNS: Final = ("name", "default", "percentage", "owner", "expires")


class Command(BaseCommand):
    """One subcommand per action."""

    help = "List feature flags; switch one on, off or for a share of the users; clear a switch."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="list declared flags").add_argument("--json", action="store_true")
        on = actions.add_parser("on", help="switch a flag on")
        on.add_argument("--percentage", type=int, default=100, help="share of the users, 1 to 100 (default: 100)")
        off = actions.add_parser("off", help="switch a flag off")
        clear = actions.add_parser("clear", help="go back to the declared default")
        for action in (on, off, clear):
            action.add_argument("name")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the subcommand."""
        if action == "list":
            self._list(as_json=options["json"])
            return
        try:
            flag = find_flag(options["name"])
        except UnknownFlagError as error:
            raise CommandError(str(error)) from None
        percentage = options.get("percentage", 0)
        if not 0 <= percentage <= 100:
            raise CommandError(f"--percentage {percentage} is not a number from 0 to 100.")
        if action == "clear":
            FlagSwitch.objects.filter(name=flag.name).delete()
        else:
            FlagSwitch.objects.update_or_create(name=flag.name, defaults={"percentage": percentage})
        self.stdout.write(f"{flag.name}: {f'default ({flag.default})' if action == 'clear' else f'{percentage} %'}")

    def _list(self, *, as_json: bool) -> None:
        switched = dict(FlagSwitch.objects.values_list("name", "percentage"))
        rows = [
            {
                "name": flag.name,
                "default": flag.default,
                "percentage": switched.get(flag.name),
                "owner": flag.owner,
                "expires": flag.expires.isoformat() if flag.expires else None,
            }
            for flag in declared_flags()
        ]
        if as_json:
            self.stdout.write(json.dumps(rows, indent=2))
        else:
            print_rows(self.stdout, COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
