"""Stacks of middleware over the same views: Django's own, the usual packages', and this project's."""

from typing import Final

PACKAGES: Final = (
    "django-csp==4.*",
    "django-guid==3.6.*",
    "django-permissions-policy==4.34.*",
    "django-ratelimit==4.1.*",
    "django-structlog==11.*",
    "django-waffle==5.*",
)
#: Settings module of each stack; the packages' needs the packages.
STACKS: Final = {
    "Django's default": "benchmarks.stacks.default",
    "assembled from packages": "benchmarks.stacks.assembled",
    "ours": "benchmarks.stacks.ours",
    "ours, all of it": "benchmarks.stacks.ours_whole",
}
