"""The site's own settings and a shop of two tables; only the processes that these tests start use them."""

from config.settings import *  # noqa: F403  # a settings module is the names in it
from config.settings import INSTALLED_APPS as SITE_APPS

INSTALLED_APPS = [*SITE_APPS, "tests.chaos.shop"]
