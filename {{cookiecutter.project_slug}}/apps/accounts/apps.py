"""The accounts application."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users and their log-in."""

    name = "apps.accounts"
    label = "accounts"
    verbose_name = "Accounts"
