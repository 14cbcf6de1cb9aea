"""How log lines look: JSON for machines, aligned and coloured for people."""

import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN: Final = "[hidden]"
SECRET_NAMES: Final = ("password", "secret", "token", "authorization", "cookie", "api_key")
QUIET: Final = {"watchfiles": "WARNING", "asyncio": "WARNING", "httpx": "WARNING", "pika": "ERROR"}


def logging_config(*, level: str, form: str) -> dict[str, Any]:
    """Return Django's ``LOGGING``; ``form`` is ``json`` or ``console``, ``level`` a level's name."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder(), drop_duplicates],
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(form)],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            **{name: {"level": quiet} for name, quiet in QUIET.items()},
        },
    }


def hide_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace the values of fields whose names say that they are secret."""
    for name in event:
        if any(part in name.lower() for part in SECRET_NAMES):
            event[name] = HIDDEN
    return event


def drop_duplicates(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Drop what libraries add to their records that says the message again."""
    event.pop("color_message", None)
    return event


def _renderers(form: str) -> list[Processor]:
    if form == "json":
        return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    # Rich's tracebacks would print local variables, secrets among them.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
