"""Connections that end a statement when the server is gone, however silently.

A server that is frozen, or that lies behind a network which swallows packets, answers nothing and closes nothing, and a
statement would wait for it for ever. How long a statement takes does not tell: a report may run for an hour. So a
statement that has waited for a while opens another connection, and goes on waiting only if the server answers there.
"""

import select
from collections.abc import Callable
from contextlib import closing
from time import monotonic
from typing import Any, Final, cast

import psycopg
from psycopg import waiting
from psycopg.abc import PQGen

#: How long a statement waits, in seconds, before it asks whether the server is there, and between two such questions.
ASK_SECONDS: Final = 15.0
#: How long the server has for its answer, in seconds.
ANSWER_SECONDS: Final = 5


class PatientConnection(psycopg.Connection[Any]):
    """psycopg's, whose statements raise ``psycopg.OperationalError`` when the server does not answer others either."""

    def wait[RV](self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for ``gen`` as long as the server is there."""
        return super().wait(_patient(gen, self._require_answer), interval=interval, timeout=timeout)

    def _require_answer(self) -> None:
        if answers(self.info.dsn, self.info.password):
            return
        # Nothing more can be sent through it.
        self.pgconn.finish()
        raise psycopg.OperationalError(
            f"PostgreSQL is not there: no answer for {ASK_SECONDS:g} s,"
            f" and none to a new connection within {ANSWER_SECONDS} s"
        )


class Driver:
    """The module psycopg, with connections that are patient."""

    connect = staticmethod(PatientConnection.connect)

    def __getattr__(self, name: str) -> Any:
        return getattr(psycopg, name)


def answers(dsn: str, password: str) -> bool:
    """Tell whether the server says anything to a new connection, were it that it refuses it."""
    try:
        with closing(_connect(dsn, password)) as probe:
            # Where a pooler is between, it is the one that has been connected to.
            probe.pgconn.send_query(b"SELECT 1")
            return bool(select.select([probe.pgconn.socket], [], [], ANSWER_SECONDS)[0])
    except psycopg.errors.ConnectionTimeout:
        return False
    except psycopg.OperationalError:
        return True


def _connect(dsn: str, password: str) -> psycopg.Connection:
    return psycopg.connect(dsn, password=password or None, connect_timeout=ANSWER_SECONDS, autocommit=True)


def _patient[RV](gen: PQGen[RV], ask: Callable[[], None]) -> PQGen[RV]:
    asked = monotonic()
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready == waiting.READY_NONE and monotonic() - asked >= ASK_SECONDS:
                ask()
                asked = monotonic()
            wanted = gen.send(ready)
    except StopIteration as end:
        return cast("RV", end.value)
