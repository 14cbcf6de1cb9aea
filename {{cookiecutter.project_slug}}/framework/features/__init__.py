"""Feature flags: declared in code with an owner and an expiry, switched in the database.

Flags are evaluated from a snapshot of the whole table that each process keeps and refreshes at most
once in ``FEATURES_REFRESH_SECONDS``, so that asking for a flag costs no query.
"""

from framework.lazy import lazy_exports

with lazy_exports(globals(), groups={"openfeature": "openfeature"}):
    from .decorators import requires_flag as requires_flag
    from .evaluation import flag_is_active as flag_is_active
    from .flags import Flag as Flag, UnknownFlagError as UnknownFlagError, declared_flags as declared_flags
    from .maintenance import MAINTENANCE as MAINTENANCE, MaintenanceMiddleware as MaintenanceMiddleware
    from .openfeature import FlagProvider as FlagProvider
    from .rules import Rule as Rule
    from .switched_middleware import middleware_behind as middleware_behind
    from .testing import overridden_flag as overridden_flag
    from .urls import urls_behind as urls_behind, urls_of_app as urls_of_app
    from .visitors import Audience as Audience
