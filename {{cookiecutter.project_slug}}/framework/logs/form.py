"""How log lines look: JSON for machines, aligned and coloured for people."""

import json
import logging
import sys
from collections.abc import Callable
from functools import lru_cache
from io import StringIO
from typing import Any, Final, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from .context import add_user
from .loggers import StructuredLogger
from .redaction import hide_secrets, without_secrets

#: Libraries that say too much at INFO, or, like httpx, whole addresses with tokens in them.
QUIET: Final = {"watchfiles": "WARNING", "asyncio": "WARNING", "httpx": "WARNING", "httpcore": "INFO", "pika": "ERROR"}
#: What libraries add to their records that says the message again, or that is no text.
_NOISE: Final = ("color_message", "request", "server_time")
_FIRST: Final = ("timestamp", "level", "event", "logger", "request_id", "task_id", "user_id")


def logging_config(*, level: str, form: str) -> dict[str, Any]:
    """Return Django's ``LOGGING``; ``form`` is ``json`` or ``console``, ``level`` a level's name.

    Also tells structlog to hand its lines to the standard library, where they and the lines of Django,
    Dramatiq and every other library get the same form. Rotation is left to the platform.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_user,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=StructuredLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": StructuredFormatter,
        "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder(), drop_noise],
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(form)],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers are taken away: what they would print comes out here.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            **{name: {"level": quiet} for name, quiet in QUIET.items()},
        },
    }


class StructuredFormatter(structlog.stdlib.ProcessorFormatter):
    """Gives every line its form, those of structlog's loggers without a copy of the record for each."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        noted, line = vars(record), record.msg
        if "_logger" not in noted or not isinstance(line, dict):
            return super().format(record)
        # The first one takes away what is put into the lines of others.
        done: Any = line
        for processor in self.processors[1:]:
            done = processor(noted["_logger"], noted["_name"], done)
        return str(done)


def drop_noise(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Drop what libraries add to their records and nobody wants to read."""
    return {name: value for name, value in event.items() if name not in _NOISE}


def lead_with_what_all_lines_have(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Put the fields first that a person looks for in every line."""
    return {**{name: event[name] for name in _FIRST if name in event}, **event}


def _renderers(form: str) -> list[Processor]:
    # Local variables stay out of tracebacks: some of them are secrets.
    if form == "json":
        frames = ExceptionDictTransformer(show_locals=False)
        exceptions = structlog.processors.ExceptionRenderer(frames)
        return [exceptions, hide_secrets, lead_with_what_all_lines_have, structlog.processors.JSONRenderer(_to_json)]
    return [
        hide_secrets,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_plain_traceback),
    ]


def _to_json(line: EventDict, *, default: Callable[[Any], Any]) -> str:
    return _encoder(default).encode(line)


# `json.dumps` makes one for each line.
@lru_cache(maxsize=1)
def _encoder(default: Callable[[Any], Any]) -> json.JSONEncoder:
    return json.JSONEncoder(default=default)


def _plain_traceback(stream: TextIO, exc_info: ExcInfo) -> None:
    text = StringIO()
    structlog.dev.plain_traceback(text, exc_info)
    stream.write(without_secrets(text.getvalue()))
