"""``manage.py doctor``: what is wrong with this installation, and what it was told."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from rich.table import Column
from rich.text import Text

from framework.conf.config import ENV_FILE
from framework.console.diagnosis import Finding, diagnose
from framework.console.provenance import Given, given_variables
from framework.tables import print_rows


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
        columns = ("", "what", Column("found", overflow="fold"), Column("what to do", overflow="fold"))
        print_rows(self.stdout, columns, [_row(finding) for finding in findings])
        if variables:
            told = [(variable.name, variable.value, variable.source) for variable in variables]
            print_rows(self.stdout, ("variable", "value", "from"), told)
        else:
            self.stdout.write("No variable is set; every default counts.")


def _row(finding: Finding) -> tuple[Text, str, str, str]:
    mark = Text("ok", style="green") if finding.ok else Text("wrong", style="bold red")
    return mark, finding.name, finding.detail, "" if finding.ok else finding.hint
