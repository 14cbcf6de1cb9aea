"""Registration with Django."""

from django.apps import AppConfig


class FeaturesConfig(AppConfig):
    """The table of switched flags."""

    name = "framework.features"
    label = "features"
    verbose_name = "Feature flags"
