"""A session with PostgreSQL that lasts, for what ends with it: a lock, or the certainty that the server stayed up."""

from typing import TYPE_CHECKING, LiteralString

from django.db import Error, connections

from framework.conf import connect_directly

if TYPE_CHECKING:
    import psycopg


class LastingSession:
    """A connection past any pool or pooler; one thread uses it."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._connection: psycopg.Connection | None = None

    def renew(self) -> "psycopg.Connection":
        """Return the session, which is a new one when the last was lost; raises ``django.db.Error``."""
        if self._connection is not None and not self._answers(self._connection):
            self.close()
        if self._connection is None:
            self._connection = connect_directly(self._using)
        return self._connection

    def execute(self, statement: LiteralString, parameters: list[object]) -> None:
        """Run ``statement`` in the session; raises ``django.db.Error``."""
        connection = self.renew()
        with connections[self._using].wrap_database_errors:
            connection.execute(statement, parameters)

    def close(self) -> None:
        """End the session."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _answers(self, connection: "psycopg.Connection") -> bool:
        try:
            with connections[self._using].wrap_database_errors:
                connection.execute("SELECT 1")
        except Error:
            return False
        return True
