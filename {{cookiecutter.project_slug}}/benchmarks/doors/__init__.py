"""Packages with as many names as the registry, each with another kind of front door."""

from .kinds import REQUIREMENTS as REQUIREMENTS, write_packages as write_packages
