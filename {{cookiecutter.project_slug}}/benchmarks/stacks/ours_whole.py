"""This project's settings with every switch on."""

from config.settings import *  # noqa: F403 - Django's own way to build on settings

ROOT_URLCONF = "benchmarks.stacks.ours_urls"
ALLOWED_HOSTS = ["*"]
