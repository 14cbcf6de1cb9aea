"""Registration with Django."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """Orders, what became of them, and the actors in between."""

    name = "tests.chaos.shop"
    label = "chaos"
