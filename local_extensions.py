"""What the template changes in Cookiecutter itself; Cookiecutter imports this file by its name."""

import logging

from jinja2 import Environment
from jinja2.ext import Extension


class PlainFailure(Extension):
    """Let the hook that refuses answers have the word.

    Cookiecutter 2.7 logs a refusal with a traceback of its own code, under which the hook's message is lost.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        logging.getLogger("cookiecutter.hooks").addFilter(_has_no_traceback)


def _has_no_traceback(record: logging.LogRecord) -> bool:
    return record.exc_info is None
