"""The project's settings as its tests see them: what they write to is theirs alone."""

import os

from . import place

NUMBER = place.take()
os.environ |= place.environment(NUMBER) | {
    "ENVIRONMENT": "test",
    # No thread of a process looks at the flags, or writes to a database, beside its tests.
    "FEATURES_REFRESH_SECONDS": "3600",
    "ACTIVITY_WRITE_SECONDS": "3600",
    # A busy machine is no outage.
    "REDIS_TIMEOUT_SECONDS": "60",
    "MIDDLEWARE_QUERY_BUDGET": "50",
    "MIDDLEWARE_N_PLUS_ONE": "true",
}

from config.settings import *  # noqa: E402, F403  # a settings module is the names in it
from config.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["tests.passwords.QuickHasher"]

if "TEST" not in DATABASES["default"]:
    DATABASES["default"]["TEST"] = {"NAME": f"test_{DATABASES['default']['NAME']}_{NUMBER}"}
