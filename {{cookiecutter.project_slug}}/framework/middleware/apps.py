"""Registration with Django."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created


class MiddlewareAppConfig(AppConfig):
    """The checks and the query counter."""

    name = "framework.middleware"
    label = "middleware"
    verbose_name = "Middleware"

    def ready(self) -> None:
        """Register the checks and reach the connections that will be opened."""
        from .checks import check_order, check_settings
        from .measure import on_connection_created
        from .preferences import note_preferences

        register(check_order, Tags.compatibility)
        register(check_settings, Tags.security)
        user_logged_in.connect(note_preferences, dispatch_uid="framework.middleware.preferences")
        connection_created.connect(on_connection_created, dispatch_uid="framework.middleware.measure")
