"""This project's settings, and the addresses of ``benchmarks/web_outage.py``."""

from config.settings import *  # noqa: F403 - Django's own way to build on settings

ROOT_URLCONF = "benchmarks.stacks.outage_urls"
ALLOWED_HOSTS = ["*"]
