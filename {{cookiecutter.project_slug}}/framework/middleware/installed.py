"""Which middleware is installed, and in which order."""

from framework.conf import DjangoConfig


def stack(config: DjangoConfig) -> list[str]:
    """Return Django's ``MIDDLEWARE`` for the switches of ``config.middleware``."""
    switches = config.middleware
    ordered = [
        # Answers probes before a host name or a database is asked for.
        ("framework.middleware.health.HealthMiddleware", switches.health),
        ("framework.middleware.request_id.RequestIDMiddleware", switches.request_id),
        ("framework.middleware.client_ip.ClientIPMiddleware", switches.client_ip),
        ("framework.middleware.access_log.AccessLogMiddleware", switches.access_log),
        ("framework.ratelimit.RateLimitMiddleware", bool(config.ratelimit.all)),
        ("framework.middleware.budget.QueryBudgetMiddleware", bool(config.query_budget)),
        ("zeal.middleware.zeal_middleware", config.finds_n_plus_one),
        ("framework.middleware.server_timing.ServerTimingMiddleware", switches.server_timing),
        ("django.middleware.security.SecurityMiddleware", True),
        ("framework.middleware.security_headers.SecurityHeadersMiddleware", switches.security_headers),
        ("framework.middleware.static_files.StaticFilesMiddleware", True),
        ("django.middleware.csp.ContentSecurityPolicyMiddleware", True),
        ("django.contrib.sessions.middleware.SessionMiddleware", True),
        ("django.middleware.locale.LocaleMiddleware", switches.locale),
        ("django.middleware.common.CommonMiddleware", True),
        ("django.middleware.csrf.CsrfViewMiddleware", True),
        ("django.contrib.auth.middleware.AuthenticationMiddleware", True),
        ("django.contrib.messages.middleware.MessageMiddleware", True),
        ("django.middleware.clickjacking.XFrameOptionsMiddleware", True),
        ("framework.middleware.timezone.TimezoneMiddleware", switches.timezone),
        ("framework.middleware.preferences.PreferencesMiddleware", switches.timezone or switches.locale),
        ("framework.activity.middleware.ActivityMiddleware", switches.activity),
        ("framework.features.maintenance.MaintenanceMiddleware", switches.maintenance),
        ("framework.features.middleware.FeaturesMiddleware", switches.features),
        ("framework.idempotency.middleware.IdempotencyMiddleware", switches.idempotency),
    ]
    return [path for path, installed in ordered if installed]
