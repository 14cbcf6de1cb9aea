"""What the template changes in Cookiecutter itself; Cookiecutter imports this file by its name."""

import logging

from jinja2 import Environment
from jinja2.ext import Extension


class PlainFailure(Extension):
    """Leave the traceback out when a hook refuses the answers.

    Cookiecutter 2.7 logs a refused answer with a traceback of its own code, under which the hook's one
    message would be lost.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        logging.getLogger("cookiecutter.hooks").addFilter(_drop_traceback)


def _drop_traceback(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return True
