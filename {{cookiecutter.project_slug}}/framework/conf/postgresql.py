"""PostgreSQL around Django's pool."""

from typing import TYPE_CHECKING, Any, Final

from django.db import connections

if TYPE_CHECKING:
    import psycopg

#: What Django puts among the parameters for its own use; libpq knows none of them.
DJANGO_ONLY: Final = ("pool", "cursor_factory", "context")


def connect_directly(using: str, **options: Any) -> "psycopg.Connection":
    """Return a new connection to the database ``using``, in autocommit mode; raises ``django.db.Error`` at once.

    It belongs to the caller alone. The pool would go on trying for its whole timeout, and then not say why.
    """
    wrapper: Any = connections[using]
    parameters = wrapper.get_connection_params() | options
    for name in DJANGO_ONLY:
        parameters.pop(name, None)
    with wrapper.wrap_database_errors:
        connection: psycopg.Connection = wrapper.Database.connect(**parameters, autocommit=True)
    return connection
