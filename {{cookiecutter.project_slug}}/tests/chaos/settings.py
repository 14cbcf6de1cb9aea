"""The site's own settings and a shop of two tables; only the processes that these tests start use them.

Nobody visits this site. Without what visitors see its processes, which are killed all the time, start in half the time.
"""

from config.settings import *  # noqa: F403  # a settings module is the names in it
from config.settings import CONFIG, INSTALLED_APPS as SITE_APPS

from .clock import live_by

live_by(CONFIG.core.state_dir)

SEEN = ("django.contrib.admin", "django.contrib.messages", "django.contrib.staticfiles", "servestatic", "unfold")
INSTALLED_APPS = [*(app for app in SITE_APPS if not app.startswith(SEEN)), "tests.chaos.shop"]
