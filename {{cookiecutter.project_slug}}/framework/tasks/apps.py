"""Registration with Django."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """The task table, its commands and its checks."""

    name = "framework.tasks"
    label = "tasks"
    verbose_name = "Background tasks"
