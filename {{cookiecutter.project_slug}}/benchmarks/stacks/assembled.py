"""The stack a team puts together: a package for each feature, as their documentation says."""

# mypy: ignore-errors

import structlog
from csp.constants import NONCE, NONE, SELF

from benchmarks.stacks.default import *  # noqa: F403 - Django's own way to build on settings
from benchmarks.stacks.default import INSTALLED_APPS as DJANGO_APPS, MIDDLEWARE as DJANGO_MIDDLEWARE

ROOT_URLCONF = "benchmarks.stacks.assembled_urls"
INSTALLED_APPS = [*DJANGO_APPS, "csp", "django_guid", "django_structlog", "waffle"]
MIDDLEWARE = [
    "django_guid.middleware.guid_middleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    *DJANGO_MIDDLEWARE,
    "django_structlog.middlewares.RequestMiddleware",
    "waffle.middleware.WaffleMiddleware",
    "django_ratelimit.middleware.RatelimitMiddleware",
]
RATELIMIT_VIEW = "benchmarks.stacks.default_urls.plain"
PERMISSIONS_POLICY = {"camera": [], "geolocation": [], "microphone": []}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {"default-src": [SELF], "script-src": [SELF, NONCE], "object-src": [NONE], "base-uri": [NONE]}
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": structlog.stdlib.ProcessorFormatter, "processor": structlog.processors.JSONRenderer()}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
