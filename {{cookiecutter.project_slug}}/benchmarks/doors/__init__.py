"""Packages with as many names as the registry, each with another kind of front door."""

from .kinds import REQUIREMENTS as REQUIREMENTS
from .kinds import write_packages as write_packages
