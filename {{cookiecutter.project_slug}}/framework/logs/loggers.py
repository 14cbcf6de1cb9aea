"""Loggers for the project's code."""

import structlog


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger called ``name``; use ``get_logger(__name__)``."""
    return structlog.stdlib.get_logger(name)
