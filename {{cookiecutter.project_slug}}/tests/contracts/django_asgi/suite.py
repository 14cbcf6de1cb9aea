"""Django's tests of ``ASGIHandler`` with ``HANDLER`` in its place; only in the settings beside this file."""

import os
from typing import Any, Final

# Django's folder of tests is on the path of the process that runs this.
from asgi import tests as of_django  # type: ignore[import-not-found]
from django.utils.module_loading import import_string

HANDLER: Final = import_string(os.environ["HANDLER"])


def get_asgi_application() -> Any:
    """Return an application, as the function of this name in Django does."""
    return HANDLER()


of_django.ASGIHandler = HANDLER
of_django.get_asgi_application = get_asgi_application


class Ours(of_django.ASGITest):  # type: ignore[misc]  # Django's tests have no types
    """Those tests."""
