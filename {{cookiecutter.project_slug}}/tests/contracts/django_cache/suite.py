"""The tests that Django's own backends share, for ``manage.py test``; only in the settings beside this file."""

from typing import Final

# Django's folder of tests is on the path of the process that runs this.
from cache import tests as of_django  # type: ignore[import-not-found]
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase, override_settings

from .settings import TABLE, caches

#: A tiered cache has no bound of its own to cull at: its tiers have.
_UNBOUNDED: Final = {"cull", "zero_cull"}


@override_settings(CACHES=caches(of_django.caches_setting_for_tests(exclude=_UNBOUNDED)))
class Tiered(of_django.BaseCacheTests, TransactionTestCase):  # type: ignore[misc]  # Django's tests have no types
    """Those tests, over the tiers that are set."""

    available_apps = ["cache"]  # noqa: RUF012 - as Django declares it

    def setUp(self) -> None:
        super().setUp()
        call_command("createcachetable", TABLE, verbosity=0)

    def tearDown(self) -> None:
        super().tearDown()
        with connection.cursor() as cursor:
            cursor.execute(f'DROP TABLE "{TABLE}"')
