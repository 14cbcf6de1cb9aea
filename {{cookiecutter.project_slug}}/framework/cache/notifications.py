"""What the cache tells the rest of the process."""

from django.dispatch import Signal

#: Sent after tags were invalidated, in the process that did it; ``tags``: tuple of str, ``at``: aware datetime.
invalidated = Signal()
