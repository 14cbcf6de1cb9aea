"""PostgreSQL around Django's pool."""

from typing import TYPE_CHECKING, Any, Final

from django.db import connections

if TYPE_CHECKING:
    import psycopg

#: What Django puts among the parameters for its own use; libpq knows none of them.
DJANGO_ONLY: Final = ("pool", "cursor_factory", "context")

#: The key beside ``HOST`` and ``PORT`` in ``DATABASES`` for the parameters of libpq that lead past a pooler.
DIRECT: Final = "DIRECT"


def is_pooled(wrapper: Any) -> bool:
    """Tell whether a pooler is between, which may give each transaction another session."""
    return bool(wrapper.settings_dict.get(DIRECT))


def connect_directly(using: str, **options: Any) -> "psycopg.Connection":
    """Return a new connection to the database ``using``, in autocommit mode; raises ``django.db.Error`` at once.

    It belongs to the caller alone, and goes past a pooler where ``DATABASE_DIRECT_URL`` says how. Django's pool would
    go on trying for its whole timeout, and then not say why.
    """
    wrapper: Any = connections[using]
    parameters = wrapper.get_connection_params() | wrapper.settings_dict.get(DIRECT, {}) | options
    for name in DJANGO_ONLY:
        parameters.pop(name, None)
    with wrapper.wrap_database_errors:
        connection: psycopg.Connection = wrapper.Database.connect(**parameters, autocommit=True)
    return connection
