"""Loggers for the project's code."""

from typing import cast

import structlog


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger called ``name``; use ``get_logger(__name__)``."""
    return cast("structlog.stdlib.BoundLogger", structlog.stdlib.get_logger(name))
