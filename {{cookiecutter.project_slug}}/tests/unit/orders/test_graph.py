"""The picture in the docs shows who listens."""

from framework.conf.environment import ROOT
from framework.signals.catalogue import mermaid


def test_the_page_shows_the_graph_of_the_events() -> None:
    page = (ROOT / "docs" / "orders.md").read_text(encoding="utf-8")

    assert f"```mermaid\n{mermaid()}\n```" in page, "write what manage.py events graph prints into docs/orders.md"
