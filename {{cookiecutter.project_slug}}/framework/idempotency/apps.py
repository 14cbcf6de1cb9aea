"""Registration with Django."""

from django.apps import AppConfig


class IdempotencyAppConfig(AppConfig):
    """The table of keys and responses."""

    name = "framework.idempotency"
    label = "idempotency"
    verbose_name = "Idempotency keys"
