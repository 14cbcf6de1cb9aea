"""The project's settings and this application."""

from config.settings import *  # noqa: F403 - Django's own way to build on settings
from config.settings import INSTALLED_APPS as PROJECT_APPS

INSTALLED_APPS = [*PROJECT_APPS, "benchmarks.workload"]
