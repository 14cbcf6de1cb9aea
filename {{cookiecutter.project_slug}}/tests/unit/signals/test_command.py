"""``manage.py events``."""

import json
from io import StringIO

from django.core.management import call_command

from . import sample
from .conftest import Connect


def test_the_list_names_receiver_mode_and_place(connect: Connect) -> None:
    connect(sample.note, durable=True, queue="mail")
    out = StringIO()

    call_command("events", "list", "--json", stdout=out)

    [row] = [row for row in json.loads(out.getvalue()) if row["receiver"].endswith("sample.note")]
    assert (row["mode"], row["queue"]) == ("durable", "mail")
    assert row["source"].startswith("tests/unit/signals/sample.py:")


def test_the_graph_is_mermaid(connect: Connect) -> None:
    connect(sample.note, after_commit=True)
    out = StringIO()

    call_command("events", "graph", stdout=out)

    assert out.getvalue().startswith("flowchart LR")
    assert "-- after commit -->" in out.getvalue()
