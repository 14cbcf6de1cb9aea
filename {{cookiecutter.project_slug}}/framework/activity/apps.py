"""Registration with Django."""

from django.apps import AppConfig


class ActivityConfig(AppConfig):
    """The table of sightings."""

    name = "framework.activity"
    label = "activity"
    verbose_name = "Activity"

    def ready(self) -> None:
        """Write what is left when the server stops."""
        from framework.middleware.application import server_stops

        from .recorder import write_the_rest

        server_stops.connect(write_the_rest, dispatch_uid="framework.activity")
