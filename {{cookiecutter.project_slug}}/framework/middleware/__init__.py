"""Middleware, one file each: all work under WSGI and ASGI without a thread hop of their own.

``stack(config)`` is the project's whole ``MIDDLEWARE`` in order; each one of ours has a switch in
``MiddlewareConfig`` and says what it must stand after or before, which a system check verifies.
"""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .access_log import AccessLogMiddleware as AccessLogMiddleware
    from .application import (
        get_asgi_application as get_asgi_application,
        get_wsgi_application as get_wsgi_application,
    )
    from .budget import (
        QueryBudgetExceededError as QueryBudgetExceededError,
        QueryBudgetMiddleware as QueryBudgetMiddleware,
        query_budget as query_budget,
    )
    from .client_ip import ClientIPMiddleware as ClientIPMiddleware
    from .health import HealthMiddleware as HealthMiddleware
    from .hooks import HookMiddleware as HookMiddleware
    from .installed import stack as stack
    from .lean import LeanASGIHandler as LeanASGIHandler
    from .preferences import PreferencesMiddleware as PreferencesMiddleware
    from .probes import ProbeResult as ProbeResult, run_probes as run_probes
    from .request_id import RequestIDMiddleware as RequestIDMiddleware
    from .security_headers import SecurityHeadersMiddleware as SecurityHeadersMiddleware
    from .server_timing import ServerTimingMiddleware as ServerTimingMiddleware
    from .static_files import StaticFilesMiddleware as StaticFilesMiddleware
    from .timezone import TimezoneMiddleware as TimezoneMiddleware
