"""Django's settings for the peers that need it; ``BENCHMARK_APP`` names the one in use."""

import os
from urllib.parse import urlsplit

_url = urlsplit(os.environ["BENCHMARK_DATABASE_URL"])

SECRET_KEY = "only to be measured"  # noqa: S105 - nothing is signed
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", os.environ["BENCHMARK_APP"]]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _url.hostname,
        "PORT": _url.port or 5432,
        "USER": _url.username,
        "PASSWORD": _url.password or "",
        "NAME": _url.path.removeprefix("/"),
        # Their workers look at the age after each task; a new connection every time would be slower.
        "CONN_MAX_AGE": 600,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
PROCRASTINATE_IMPORT_PATHS = ["benchmarks.peers.procrastinate"]
