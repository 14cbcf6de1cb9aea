"""The orders application."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Orders and the steps each one went through."""

    name = "apps.orders"
    label = "orders"
    verbose_name = "Orders"
