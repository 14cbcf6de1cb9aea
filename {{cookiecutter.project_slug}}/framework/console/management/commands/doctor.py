"""``manage.py doctor``: what is wrong with this installation, and what it was told."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import IO, Any, cast

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from framework.conf.config import ENV_FILE
from framework.console.diagnosis import Finding, diagnose
from framework.console.provenance import Given, given_variables


class Command(BaseCommand):
    """Examine, print, and tell by the exit status."""

    help = "Ask every part of the installation whether it is well; exit status 1 if one is not."
    # What they would say is one of the findings.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer."""
        parser.add_argument("--json", action="store_true", help="machine-readable output")

    def handle(self, **options: Any) -> None:
        """Examine and print."""
        findings, variables = diagnose(), given_variables(ENV_FILE)
        wrong = [finding for finding in findings if not finding.ok]
        if options["json"]:
            document = {
                "ok": not wrong,
                "findings": [asdict(finding) for finding in findings],
                "variables": [asdict(variable) for variable in variables],
            }
            self.stdout.write(json.dumps(document, indent=2))
        else:
            self._print(findings, variables)
        if wrong:
            sys.exit(1)

    def _print(self, findings: list[Finding], variables: list[Given]) -> None:
        console = Console(file=cast("IO[str]", self.stdout._out))
        table = Table("", "what", Column("found", overflow="fold"), Column("what to do", overflow="fold"))
        for finding in findings:
            mark = "[green]ok[/]" if finding.ok else "[bold red]wrong[/]"
            # What was found is text, whatever brackets stand in it.
            table.add_row(mark, finding.name, escape(finding.detail), "" if finding.ok else escape(finding.hint))
        console.print(table)
        if not variables:
            console.print("No variable is set; every default counts.")
            return
        told = Table("variable", "value", "from")
        for variable in variables:
            told.add_row(variable.name, escape(variable.value), variable.source)
        console.print(told)
