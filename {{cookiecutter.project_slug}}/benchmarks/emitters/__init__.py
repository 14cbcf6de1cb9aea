"""Other libraries for events and model changes, each measured beside what it adds to."""

from .overlay import APPS as APPS, in_overlay as in_overlay, rerun as rerun
