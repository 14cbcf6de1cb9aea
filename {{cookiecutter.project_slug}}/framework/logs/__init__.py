"""Structured logs: structlog over the standard library, with the context of the request on every line.

``get_logger(__name__)`` gives a logger; ``bind_context`` adds to the context that requests hand to the
tasks they send. Importing this touches no handler: ``logging_config`` is Django's ``LOGGING``.
"""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .context import (
        bind_context as bind_context,
        bound_context as bound_context,
        bound_user as bound_user,
        clear_context as clear_context,
        current_context as current_context,
    )
    from .form import logging_config as logging_config
    from .loggers import get_logger as get_logger
