"""Django settings, from top to bottom; every value that differs by machine comes from ``CONFIG``."""

from typing import Any

from django.templatetags.static import static
from django.utils.csp import CSP

from framework.conf.config import enabled_apps, load_or_exit
from framework.conf.environment import ROOT, Environment
from framework.logs import logging_config
from framework.middleware import stack
from framework.tasks import broker_settings

CONFIG = load_or_exit()

DEBUG = CONFIG.debug
SECRET_KEY = CONFIG.secret_key
ALLOWED_HOSTS = list(CONFIG.allowed_hosts)

# Applications

INSTALLED_APPS = [
    "framework.tasks",  # before django_dramatiq, which builds the broker while the apps load
    "django_dramatiq",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "servestatic",
    "framework.registry",
    "framework.logs",
    "framework.signals",
    "framework.cache",
    "framework.services",
    "framework.features",
    "framework.activity",
    "framework.idempotency",
    "framework.middleware",
    "framework.console",
    "apps.accounts",
    "apps.orders",  # only: example_app=orders
]
INSTALLED_APPS = enabled_apps(CONFIG, INSTALLED_APPS)
if CONFIG.finds_n_plus_one:
    INSTALLED_APPS.append("zeal")
    ZEAL_RAISE = CONFIG.environment is Environment.TEST
    ZEAL_NPLUSONE_THRESHOLD = 3  # the user who asks and the one who is shown are no loop

MIDDLEWARE = stack(CONFIG)
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "framework.middleware.templates.MeasuredTemplates",
        "NAME": "django",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "framework.console.templates.StrictLoader"],
                ),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "framework.console.context_processors.site",
            ],
        },
    },
]

# Data

DATABASES = {"default": CONFIG.database.django(CONFIG.state_dir)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Cache: tiers from nearest to farthest

CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "framework.cache.backend.TieredCache",
        "OPTIONS": {
            "TIERS": ["memory", "redis" if CONFIG.cache.redis_url else "database"],
            # Processes on one host, and hosts that share Redis, tell each other of changes; hosts that share
            # only PostgreSQL cannot, so their copies are kept for a moment only.
            "NEAR_TIMEOUT": 60 if CONFIG.cache.redis_url or CONFIG.database.vendor == "sqlite" else 2,
        },
    },
    "memory": {
        "BACKEND": "framework.cache.memory.MemoryCache",
        "OPTIONS": {
            "MAX_ENTRIES": CONFIG.cache.cache_memory_entries,
            "MAX_BYTES": CONFIG.cache.cache_memory_bytes,
        },
    },
    "database": {
        "BACKEND": "framework.cache.database.DatabaseTier",
        "LOCATION": "cache_entry",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}
if CONFIG.cache.redis_url:
    CACHES["redis"] = {
        "BACKEND": "framework.cache.redis.RedisTier",
        "LOCATION": CONFIG.cache.redis_url.get_secret_value(),
        # What is cleared is all that stands behind it.
        "KEY_PREFIX": f"{CONFIG.namespace}:cache",
        "OPTIONS": {"SOCKET_TIMEOUT": CONFIG.cache.redis_timeout_seconds},
    }

# Tasks

DRAMATIQ_BROKER = broker_settings(CONFIG.tasks, namespace=CONFIG.namespace)
DRAMATIQ_RESULT_BACKEND = {
    "BACKEND": "framework.tasks.results.RowResults",
    "MIDDLEWARE_OPTIONS": {"store_results": True},
}
TASKS = {
    "default": {
        "BACKEND": "framework.tasks.backend.DramatiqBackend",
        "QUEUES": ["default", "mail"],
    },
}
DRAMATIQ_AUTODISCOVER_MODULES = ["tasks", "receivers"]
DRAMATIQ_IGNORED_MODULES = ["django_dramatiq.tasks"]

# Users and sessions

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "/"

# Security

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.SELF],
    "report-uri": ["/csp-reports"],
}
X_FRAME_OPTIONS = "SAMEORIGIN"
# The admin opens "add another" in a frame of its own page.
SILENCED_SYSTEM_CHECKS = ["security.W019"]
SECURE_REFERRER_POLICY = "same-origin"
CROSS_ORIGIN_RESOURCE_POLICY = "same-origin"
# What no page of this site may ask a browser for; a page that needs one of them sets its own header.
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "camera",
        "display-capture",
        "geolocation",
        "microphone",
        "payment",
        "publickey-credentials-get",
        "usb",
    )
}
# Paths that begin so stay open while the site is closed, for staff to log in.
MAINTENANCE_OPEN_PATHS = ("/admin/",)
if CONFIG.environment.is_deployed:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = CONFIG.security.hsts_seconds
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if CONFIG.security.trusted_proxies:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Feature flags: what is known of a request or a user, for flags that only some have

FEATURE_ATTRIBUTES = "framework.features.visitors.user_attributes"

# Language and time

LANGUAGE_CODE = "en-us"
# What MIDDLEWARE_LOCALE chooses from: add a language once its translations are in a folder of LOCALE_PATHS.
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Static files

STATIC_URL = "static/"
STATIC_ROOT = CONFIG.state_dir / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "servestatic.storage.CompressedManifestStaticFilesStorage"
            if CONFIG.environment.is_deployed
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

# Mail

MAILERS = {"default": CONFIG.email.mailer(None if CONFIG.environment.is_deployed else CONFIG.state_dir / "mail")}
DEFAULT_FROM_EMAIL = CONFIG.sender
SERVER_EMAIL = CONFIG.sender

# Logs

LOGGING = logging_config(level=CONFIG.logging.level, form=CONFIG.log_format)

# Admin

UNFOLD = {
    "SITE_TITLE": CONFIG.site.title,
    "SITE_HEADER": CONFIG.site.title,
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("console/icon.svg")},
    ],
    "SCRIPTS": [lambda request: static("console/unfold.js")],
    "SIDEBAR": {"navigation": "framework.console.navigation.sidebar"},
}
