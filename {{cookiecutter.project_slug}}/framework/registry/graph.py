"""Which category of components knows which other, read from the source."""

import ast
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import framework

from .catalogue import categories, list_components


def dependency_graph() -> dict[str, list[str]]:
    """Return for each category of the framework those that it imports, sorted."""
    root = Path(framework.__path__[0])
    known = set(categories())
    graph = {}
    for found in pkgutil.iter_modules(framework.__path__):
        if found.name in known:
            files = (root / found.name).rglob("*.py") if found.ispkg else [root / f"{found.name}.py"]
            imported = {name for file in files for name in _imported(file)}
            graph[found.name] = sorted(imported & known - {found.name})
    return graph


def mermaid() -> str:
    """Return the graph as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html)."""
    lines = ["flowchart LR"]
    for category in categories():
        names = list_components(category)
        lines.append(f'    {category}["{category}<br>{len(names)} components"]')
    for category, others in dependency_graph().items():
        # The registry names everything, which says nothing about how the parts depend on each other.
        lines += [f"    {category} --> {other}" for other in others if category != "registry"]
    return "\n".join(lines)


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from _category(node.module or "")
        elif isinstance(node, ast.Import):
            for name in node.names:
                yield from _category(name.name)


def _category(module: str) -> Iterator[str]:
    root, _, rest = module.partition(".")
    if root == "framework" and rest:
        yield rest.partition(".")[0]
