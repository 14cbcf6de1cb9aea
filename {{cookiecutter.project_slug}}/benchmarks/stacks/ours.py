"""This project's settings with what the packages of the assembled stack do: nothing that they have no part in."""

from benchmarks.stacks.ours_whole import *  # noqa: F403 - Django's own way to build on settings
from config.settings import MIDDLEWARE as INSTALLED

BEYOND = {
    "framework.middleware.health.HealthMiddleware",
    "framework.middleware.server_timing.ServerTimingMiddleware",
    "framework.middleware.static_files.StaticFilesMiddleware",
    "framework.middleware.timezone.TimezoneMiddleware",
    "framework.middleware.preferences.PreferencesMiddleware",
    "framework.activity.middleware.ActivityMiddleware",
    "framework.features.maintenance.MaintenanceMiddleware",
    "framework.idempotency.middleware.IdempotencyMiddleware",
}
MIDDLEWARE = [path for path in INSTALLED if path not in BEYOND]
