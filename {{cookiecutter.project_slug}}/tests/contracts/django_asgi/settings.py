"""A project of Django's tests and nothing else."""

from typing import Any, Final

SECRET_KEY: Final = "for these tests only"
USE_TZ: Final = True
ROOT_URLCONF: Final = "tests.contracts.django_asgi.settings"
INSTALLED_APPS: Final = ["django.contrib.contenttypes", "django.contrib.auth", "asgi"]
MIDDLEWARE: Final = ["django.middleware.common.CommonMiddleware"]
DATABASES: Final = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
urlpatterns: list[Any] = []
