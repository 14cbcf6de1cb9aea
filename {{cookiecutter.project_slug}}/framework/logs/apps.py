"""Registration with Django."""

from django.apps import AppConfig


class LogsConfig(AppConfig):
    """The log set-up."""

    name = "framework.logs"
    label = "logs"
    verbose_name = "Logs"
