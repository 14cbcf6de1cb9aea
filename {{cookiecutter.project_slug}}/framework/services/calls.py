"""Calls of the Telegram Bot API as values, which a task can carry."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that goes along with a call; ``content`` is base64, so that a task can carry it."""

    field: str
    name: str
    content: str

    @classmethod
    def of(cls, field: str, file: bytes | Path, name: str = "") -> Self:
        """Read ``file``; raises ``OSError`` when it cannot be read."""
        content = file.read_bytes() if isinstance(file, Path) else file
        name = name or (file.name if isinstance(file, Path) else field)
        return cls(field=field, name=name, content=base64.b64encode(content).decode("ascii"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a method; made of JSON values alone."""

    method: str
    parameters: dict[str, Any]
    upload: Upload | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` takes."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return the call that ``value`` was made of."""
        upload = value["upload"]
        return cls(**{**value, "upload": Upload(**upload) if upload else None})
