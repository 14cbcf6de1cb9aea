"""How many connections a worker's processes may hold, so that each thread of a task finds one."""

from typing import Any, Final

from django.db import Error, connections

from framework.conf import connect_directly

#: Besides the threads of tasks: starts, outcomes, progress, heartbeat, the event loop, and those who look for tasks.
OF_THE_ENGINE: Final = 12

_FREE: Final = (
    "SELECT current_setting('port')::int, current_setting('max_connections')::int"
    " - current_setting('superuser_reserved_connections')::int"
)


def fit_pool(threads: int) -> int:
    """Let the pool of a process of so many threads be large enough; return its size, 0 without a pool."""
    from .transitions import database

    pool: Any = connections[database()].settings_dict["OPTIONS"].get("pool")
    if not isinstance(pool, dict):
        return 0
    pool["max_size"] = max(pool.get("max_size") or 0, threads + OF_THE_ENGINE)
    return int(pool["max_size"])


def is_starved(exception: BaseException | None) -> bool:
    """Tell whether ``exception`` comes of a pool that had no connection to give."""
    while exception is not None:
        # By name: without PostgreSQL its pool is never loaded.
        if type(exception).__qualname__ == "PoolTimeout":
            return True
        exception = exception.__cause__
    return False


def connections_let_in() -> int | None:
    """Return how many PostgreSQL lets in; ``None`` where that cannot be told, as behind a pooler."""
    from .transitions import database

    using = database()
    wrapper = connections[using]
    if wrapper.vendor != "postgresql":
        return None
    try:
        with connect_directly(using) as connection:
            [row] = connection.execute(_FREE).fetchall()
            port, free = row
            is_direct = port == connection.info.port
    except Error:
        # Workers wait for a database that is away.
        return None
    return int(free) if is_direct else None
