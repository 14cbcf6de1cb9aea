"""What this site is called, read from ``[tool.site]`` in ``pyproject.toml``."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from framework.errors import ConfigurationError

from .environment import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConfig:
    """Name, address and contact of the site; ``name`` is what servers know it by, ``title`` what people read."""

    name: str
    title: str
    domain: str
    contact: str

    @classmethod
    def load(cls, pyproject: Path = ROOT / "pyproject.toml") -> Self:
        """Read ``pyproject``; raises :class:`ConfigurationError` when the table cannot be read."""
        try:
            table = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["site"]
            return cls(**{each.name: table[each.name] for each in fields(cls)})
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise ConfigurationError([f"{pyproject.name}: cannot be read ({error})"]) from None
        except KeyError as missing:
            raise ConfigurationError([f"{pyproject.name}: [tool.site] lacks {missing}"]) from None
