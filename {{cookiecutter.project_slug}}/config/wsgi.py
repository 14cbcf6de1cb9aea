"""The project as a WSGI application."""

import os

from framework.middleware import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
