"""When each user was last seen: noted in memory, written in lots, without a query in any request."""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .middleware import ActivityMiddleware as ActivityMiddleware
    from .recorder import write_activity as write_activity
    from .sightings import last_seen as last_seen, seen_since as seen_since
