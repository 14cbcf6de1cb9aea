"""What the peers are."""

from typing import Final

PACKAGES: Final = (
    "blinker==1.9.*",
    "django-dirtyfields==1.9.*",
    "django-domain-events==0.14.*",
    "django-lifecycle==1.3.*",
    "django-model-utils==5.0.*",
)
#: What has tables of its own.
APPS: Final = ("django_domain_events",)
