"""Other libraries for events and model changes, each measured beside what it adds to."""

from .packages import APPS as APPS, PACKAGES as PACKAGES
