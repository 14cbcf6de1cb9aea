"""Other libraries for events and model changes, each measured beside what it adds to."""

from .overlay import APPS as APPS
from .overlay import in_overlay as in_overlay
from .overlay import rerun as rerun
