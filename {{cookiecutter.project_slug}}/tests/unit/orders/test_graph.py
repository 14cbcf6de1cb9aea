"""The picture in the docs shows who listens."""

import subprocess
import sys

from framework.conf.environment import ROOT


def test_the_page_shows_the_graph_of_the_events() -> None:
    page = (ROOT / "docs" / "orders.md").read_text(encoding="utf-8")

    # A process of its own: here the suite's own events have been declared too.
    graph = subprocess.check_output([sys.executable, "manage.py", "events", "graph"], cwd=ROOT, text=True).strip()

    assert f"```mermaid\n{graph}\n```" in page, "write what manage.py events graph prints into docs/orders.md"
