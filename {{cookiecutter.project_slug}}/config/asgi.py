"""The project as an ASGI application."""

import os

from framework.middleware import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
