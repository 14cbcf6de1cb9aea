"""What can be wrong with how the cache is used.

CacheError
├── InvalidKeyTemplateError   a key or tag template names what the function does not take
├── InvalidTTLError           a time to live cannot be read
├── TierBusyError             a tier has no time for a write now; the tiered cache makes up for it
└── UnreadableValueError      what stands in a tier was not written by this project, or cannot be read any more
"""

from framework.errors import CacheError


class InvalidKeyTemplateError(CacheError):
    """A template of ``@cached`` does not fit the function's parameters."""


class InvalidTTLError(CacheError, ValueError):
    """A time to live is no duration."""


class TierBusyError(CacheError):
    """A tier is there but did not take a write in time."""


class UnreadableValueError(CacheError):
    """A stored value carries no seal of this project, or fits no class of it any more; for callers it is a miss."""
