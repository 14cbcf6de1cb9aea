"""``manage.py flags``: list and switch feature flags, and see who did."""

import getpass
import json
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from framework.features.flags import UnknownFlagError, declared_flags, find_flag
from framework.features.models import SAYS, FlagChange, FlagSwitch
from framework.tables import print_rows

COLUMNS: Final = ("name", "default", "active for", "owner", "expires")
HISTORY: Final = ("changed_at", "flag", "changed_by", "before", "after")


class Command(BaseCommand):
    """One subcommand per action."""

    help = "List feature flags; switch one on, off or for some; clear a switch; see who switched what."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        listing = actions.add_parser("list", help="list declared flags")
        history = actions.add_parser("history", help="tell who switched what, the newest first")
        for action in (listing, history):
            action.add_argument("--json", action="store_true")
        history.add_argument("name", nargs="?", help="only this flag")
        history.add_argument("--most", type=int, default=50, metavar="N", help="rows (default: %(default)s)")
        on = actions.add_parser("on", help="switch a flag on, for everybody or for some")
        on.add_argument(
            "--percentage", type=int, help="share of the users, 0 to 100 (default: 100, or 0 with groups or attributes)"
        )
        on.add_argument("--group", action="append", default=[], metavar="GROUP", help="members of this group have it")
        on.add_argument(
            "--attribute",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="who has this has it; several values of one name are alternatives, several names must all fit",
        )
        off = actions.add_parser("off", help="switch a flag off")
        clear = actions.add_parser("clear", help="go back to the declared default")
        for action in (on, off, clear):
            action.add_argument("name")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the subcommand."""
        match action:
            case "list":
                self._show(COLUMNS, _rows(), as_json=options["json"])
            case "history":
                self._show(HISTORY, _history(options["name"], options["most"]), as_json=options["json"])
            case _:
                self._switch(action, **options)

    def _switch(self, action: str, *, name: str, **options: Any) -> None:
        try:
            flag = find_flag(name)
        except UnknownFlagError as error:
            raise CommandError(str(error)) from None
        switch = FlagSwitch.objects.filter(name=flag.name).first() or FlagSwitch(name=flag.name)
        switch.changed_by = f"manage.py flags, {getpass.getuser()}"
        if action == "clear":
            switch.delete()
            self.stdout.write(f"{flag.name}: default ({flag.default})")
            return
        switch.percentage, switch.groups, switch.attributes = _wanted(action, **options)
        try:
            switch.clean_fields()
        except ValidationError as error:
            raise CommandError(f"{flag.name} cannot be switched so: {'; '.join(error.messages)}") from None
        switch.save()
        self.stdout.write(f"{flag.name}: {_said({said: getattr(switch, said) for said in SAYS})}")

    def _show(self, columns: tuple[str, ...], rows: list[dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(rows, indent=2))
        else:
            shown = [
                row | {"active for": _said(row)} | {said: _said(row.get(said)) for said in HISTORY[-2:]} for row in rows
            ]
            print_rows(self.stdout, columns, [[row[column] for column in columns] for row in shown])


def _wanted(action: str, **options: Any) -> tuple[int, list[str], dict[str, list[str]]]:
    if action == "off":
        return 0, [], {}
    attributes: dict[str, list[str]] = defaultdict(list)
    for pair in options["attribute"]:
        name, separator, value = pair.partition("=")
        if not (name and separator):
            raise CommandError(f"--attribute {pair!r} has no value; write it like country=de.")
        attributes[name].append(value)
    known = set(Group.objects.values_list("name", flat=True))
    if unknown := [group for group in options["group"] if group not in known]:
        there = f"there are {', '.join(sorted(known))}" if known else "there is none yet"
        raise CommandError(f"--group {unknown[0]!r} is no group; {there}. Groups are made in the admin.")
    percentage = options["percentage"]
    if percentage is None:
        percentage = 0 if options["group"] or attributes else 100
    if not 0 <= percentage <= 100:
        raise CommandError(f"--percentage {percentage} is not a number from 0 to 100.")
    return percentage, options["group"], dict(attributes)


def _rows() -> list[dict[str, Any]]:
    switched = {row["name"]: row for row in FlagSwitch.objects.values("name", *SAYS)}
    return [
        {
            "name": flag.name,
            "default": flag.default,
            **{said: switched.get(flag.name, {}).get(said) for said in SAYS},
            "owner": flag.owner,
            "expires": flag.expires.isoformat() if flag.expires else None,
        }
        for flag in declared_flags()
    ]


def _history(name: str | None, most: int) -> list[dict[str, Any]]:
    changes = FlagChange.objects.filter(**({"flag": name} if name else {}))[: max(0, most)]
    return [
        {**{column: getattr(change, column) for column in HISTORY}, "changed_at": change.changed_at.isoformat()}
        for change in changes
    ]


def _said(switch: Mapping[str, Any] | None) -> str:
    """Return what a switch says, as people read it; nothing where a flag is not switched."""
    if switch is None or switch.get("percentage") is None:
        return ""
    fitting = [f"{attribute}={'|'.join(values)}" for attribute, values in switch["attributes"].items()]
    return ", ".join([f"{switch['percentage']} %", *(f"group {group}" for group in switch["groups"]), *fitting])
