"""The first statement of a transaction, in one round trip with its BEGIN.

psycopg waits for the answer to BEGIN before it sends the statement, and its own pipelines cost more than that saves.
Most transactions that send a task have nothing before it, and take a sixth less time this way. See
https://www.postgresql.org/docs/current/libpq-pipeline-mode.html.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.errors import DuplicatePreparedStatement, InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from framework.conf.postgresql import is_pooled

_FAILED: Final = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED})
#: Which statements each session has been told; sessions go through a pool, and one is used by one thread at a time.
_known: Final[WeakKeyDictionary[psycopg.Connection[Any], set[bytes]]] = WeakKeyDictionary()
#: How often it can be wrong about what the server was told: a failure, a rollback or a pooler may change that.
_MISTAKES: Final = 2
_IN_BLOCK: Final = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR})


def opens_transaction(connection: Any) -> bool:
    """Tell whether the next statement on PostgreSQL is the first one of a transaction, and of an ordinary one.

    Where queries are logged it is not: Django has to see them.
    """
    connection.ensure_connection()
    session = connection.connection
    return (
        not connection.queries_logged
        and not session.autocommit
        and session.pgconn.transaction_status == TransactionStatus.IDLE
        and all(each is None for each in (session.isolation_level, session.read_only, session.deferrable))
    )


def run_opening(connection: BaseDatabaseWrapper, statement: str, parameters: Sequence[str | int | None]) -> list[str]:
    """Begin a transaction, run ``statement`` in it and return its first column; raises Django's database errors."""
    session: psycopg.Connection[Any] = connection.connection
    name, text = _prepared(statement)
    if is_pooled(connection):
        # What this session was told, the next one does not know; a statement without a name is told anew each time.
        name = b""
    values = [None if value is None else str(value).encode() for value in parameters]
    known = _known.setdefault(session, set())
    with connection.wrap_database_errors:
        for _ in range(_MISTAKES):
            try:
                rows = _run(session, name, None if name and name in known else text, values)
            except InvalidSqlStatementName:
                known.clear()
            except DuplicatePreparedStatement:
                known.add(name)
            else:
                known.add(name)
                return rows
            # Nothing else has been done in the transaction. psycopg may let the server forget all statements here.
            session.rollback()
        return _run(session, name, text, values)


def _run(
    session: psycopg.Connection[Any], name: bytes, text: bytes | None, values: Sequence[bytes | None]
) -> list[str]:
    with session.lock:
        try:
            session.pgconn.enter_pipeline_mode()
            answers = session.wait(_exchange(session.pgconn, name, text, values))
            session.pgconn.exit_pipeline_mode()
        except BaseException:
            # What is still on its way belongs to nobody.
            if session.pgconn.transaction_status not in _IN_BLOCK:
                session.close()
            raise
    for answer in answers:
        if answer.status in _FAILED:
            raise error_from_result(answer, encoding=session.info.encoding)
    rows = next((answer for answer in answers if answer.status == ExecStatus.TUPLES_OK), None)
    return [] if rows is None else [(rows.get_value(row, 0) or b"").decode() for row in range(rows.ntuples)]


def _exchange(pgconn: PGconn, name: bytes, text: bytes | None, values: Sequence[bytes | None]) -> PQGen[list[PGresult]]:
    """Send everything, then collect what comes back, up to the answer to the end of the pipeline."""
    pgconn.send_query_params(b"BEGIN", None)
    if text is not None:
        pgconn.send_prepare(name, text)
    pgconn.send_query_prepared(name, values)
    pgconn.pipeline_sync()
    yield from generators.send(pgconn)
    answers: list[PGresult] = []
    while not answers or answers[-1].status != ExecStatus.PIPELINE_SYNC:
        answers += yield from generators.fetch_many(pgconn)
    return answers


@lru_cache(maxsize=64)
def _prepared(statement: str) -> tuple[bytes, bytes]:
    """Return the name of ``statement`` in a session, and its text with the placeholders of the server."""
    numbers = count(1)
    text = re.sub("%s", lambda match: f"${next(numbers)}", statement).encode()
    return b"tasks_" + blake2b(text, digest_size=8).hexdigest().encode(), text
