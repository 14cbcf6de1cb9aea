"""The four places a project runs in, and where it keeps its files."""

from enum import StrEnum
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


class Environment(StrEnum):
    """Decides the defaults of every other setting."""

    DEVELOPMENT = "development"
    TEST = "test"
    STAGING = "staging"
    PRODUCTION = "production"

    @property
    def is_deployed(self) -> bool:
        """True where strangers can reach the site, so that unsafe settings are refused."""
        return self in {Environment.STAGING, Environment.PRODUCTION}
