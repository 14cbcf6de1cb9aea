"""Log lines as they come out of a process."""

import json
import subprocess
import sys
from textwrap import dedent
from typing import Any

import pytest

from framework.conf.environment import ROOT

SETUP = """
import logging, logging.config
from framework.logs import bound_context, get_logger, logging_config
logging.config.dictConfig(logging_config(level={level!r}, form={form!r}))
logger = get_logger("shop.orders")
"""


def run(code: str) -> str:
    """Run ``code`` in an interpreter of its own and return what it wrote to stderr."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr


def lines(code: str, level: str = "INFO") -> list[dict[str, Any]]:
    """Return the JSON lines that ``code`` logs."""
    output = run(SETUP.format(level=level, form="json") + dedent(code))
    return [json.loads(line) for line in output.splitlines()]


def test_a_line_has_its_event_fields_context_logger_level_and_time() -> None:
    [line] = lines("""
        with bound_context(request_id="r1"):
            logger.info("order_placed", order=7)
    """)

    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "order_placed",
        "order": 7,
        "request_id": "r1",
        "logger": "shop.orders",
        "level": "info",
    }


@pytest.mark.parametrize("name", ["django.request", "uvicorn.error", "dramatiq.worker.WorkerThread", "sqlalchemy"])
def test_lines_of_libraries_have_the_same_form(name: str) -> None:
    [line] = lines(f"""
        with bound_context(request_id="r1"):
            logging.getLogger({name!r}).warning("gone: %s", "/x", extra=dict(status_code=404, access_token="t"))
    """)

    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "gone: /x",
        "status_code": 404,
        "access_token": "[hidden]",
        "request_id": "r1",
        "logger": name,
        "level": "warning",
    }


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_is_told_without_local_variables_and_secrets(form: str) -> None:
    output = run(
        SETUP.format(level="INFO", form=form)
        + dedent("""
            def connect():
                local = "hunter" + "2"
                raise OSError("redis://:" + local + "@h is away")
            try:
                connect()
            except OSError:
                logger.exception("failed")
                logging.getLogger("library").exception("failed too")
        """)
    )

    assert output.count("redis://:[hidden]@h is away") == 2
    assert "hunter2" not in output


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11"])
def test_the_http_client_does_not_log_addresses_even_at_debug(name: str) -> None:
    assert lines(f"logging.getLogger({name!r}).debug('GET /secret'); logger.debug('kept')", level="DEBUG")[0][
        "event"
    ] == ("kept")


def test_lines_below_the_level_are_left_out() -> None:
    assert lines("logger.info('x'); logging.getLogger('y').info('x')", level="WARNING") == []


def test_colours_are_for_terminals_only() -> None:
    output = run(SETUP.format(level="INFO", form="console") + "logger.info('order_placed', order=7)")

    assert "\x1b" not in output
    assert "order_placed" in output
    assert "order=7" in output


def test_importing_touches_no_handler() -> None:
    run("""
import logging
from framework.logs import *
get_logger("x")
assert logging.root.handlers == [] and logging.root.level == logging.WARNING
""")


def test_djangos_own_set_up_applies_the_form() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", "import logging; logging.info('seen')"],
        cwd=ROOT,
        env={"ENVIRONMENT": "test", "LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stderr)["event"] == "seen"
