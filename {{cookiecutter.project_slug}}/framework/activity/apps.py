"""Registration with Django."""

from django.apps import AppConfig


class ActivityConfig(AppConfig):
    """The table of sightings."""

    name = "framework.activity"
    label = "activity"
    verbose_name = "Activity"
