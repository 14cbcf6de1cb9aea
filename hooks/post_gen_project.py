"""Take out of the fresh project what its answers did not choose.

``choices.toml`` of the project's source says which files a choice brings; a line of ``config/*.py`` that ends
in ``# only: <question>=<answer>`` stays, without the comment, when that was the answer.
"""

import json
import re
import shutil
from pathlib import Path

ANSWERS = json.loads(r"""{{ cookiecutter | tojson }}""")
MANIFEST = Path("choices.toml")
# What tools leave in the source when someone works on the template itself.
LEFTOVERS = ("**/__pycache__", ".*_cache", ".coverage*", ".venv")
MARKER = re.compile(r"  # only: (\w+)=(\w+)$")


def read_manifest(text: str) -> "dict[str, dict[str, list[str]]]":
    """Read tables of string lists, all the TOML the manifest uses: Python 3.10 has no reader of its own."""
    manifest, table = {}, {}
    text = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    for name, answer, paths in re.findall(r"^\[(\w+)\]|^(\w+) = \[(.*?)\]", text, re.MULTILINE | re.DOTALL):
        if name:
            table = manifest.setdefault(name, {})
        else:
            table[answer] = re.findall(r'"(.*?)"', paths)
    return manifest


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it; neither need exist."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_unchosen(manifest: "dict[str, dict[str, list[str]]]") -> None:
    """Remove every path that only answers not given bring."""
    for question, answers in manifest.items():
        chosen = answers[ANSWERS[question]]
        for path in {path for paths in answers.values() for path in paths} - set(chosen):
            remove(Path(path))


def resolve_markers(text: str) -> str:
    """Keep the marked lines that were chosen, without their marker; drop the others."""
    kept = []
    dropped = False
    for line in text.split("\n"):
        marker = MARKER.search(line)
        if marker and ANSWERS[marker[1]] != marker[2]:
            dropped = True
            continue
        # A dropped line that stood alone takes the blank line after it along.
        if not (dropped and not line and kept and not kept[-1]):
            kept.append(MARKER.sub("", line))
        dropped = False
    return "\n".join(kept)


remove_unchosen(read_manifest(MANIFEST.read_text(encoding="utf-8")))
remove(MANIFEST)
for pattern in LEFTOVERS:
    for leftover in sorted(Path().glob(pattern)):
        remove(leftover)
for source in Path("config").glob("*.py"):
    source.write_bytes(resolve_markers(source.read_text(encoding="utf-8")).encode("utf-8"))
