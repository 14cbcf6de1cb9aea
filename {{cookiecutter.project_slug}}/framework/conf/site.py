"""What this site is called, read from ``[tool.site]`` in ``pyproject.toml``."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from framework.errors import ConfigurationError

from .environment import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConfig:
    """Name, address and contact of the site."""

    title: str
    domain: str
    contact: str

    @classmethod
    def load(cls, pyproject: Path = ROOT / "pyproject.toml") -> Self:
        """Read ``pyproject``; raises :class:`ConfigurationError` when the table cannot be read."""
        try:
            table = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["site"]
            return cls(title=table["title"], domain=table["domain"], contact=table["contact"])
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise ConfigurationError([f"{pyproject.name}: cannot be read ({error})"]) from None
        except KeyError as missing:
            raise ConfigurationError([f"{pyproject.name}: [tool.site] lacks {missing}"]) from None
