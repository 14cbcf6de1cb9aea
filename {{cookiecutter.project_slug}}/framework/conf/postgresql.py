"""PostgreSQL around Django's pool."""

from typing import Any, Final

import psycopg
from django.db import connections

#: What Django puts among the parameters for its own use; libpq knows none of them.
DJANGO_ONLY: Final = ("pool", "cursor_factory", "context")


def connect_directly(using: str, **options: Any) -> psycopg.Connection:
    """Return a new connection to the database ``using``, in autocommit mode; raises ``psycopg.Error`` at once.

    It belongs to the caller alone. The pool would go on trying for its whole timeout, and then not say why.
    """
    parameters = connections[using].get_connection_params() | options
    for name in DJANGO_ONLY:
        parameters.pop(name, None)
    return psycopg.connect(**parameters, autocommit=True)
