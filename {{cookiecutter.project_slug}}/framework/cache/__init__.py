"""One ordinary Django cache made of tiers: memory in front of Redis or the database.

``django.core.cache.cache`` is a ``TieredCache``. ``@cached`` keeps what a function returned, computed once
however many ask at the same time; ``invalidate_tags`` forgets everything that carries a tag, in every
process. ``tiers`` of settings are Django caches of their own.
"""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .backend import TieredCache as TieredCache
    from .background import finish_recomputing as finish_recomputing
    from .bypass import no_cache as no_cache
    from .decorator import cached as cached
    from .exceptions import InvalidKeyTemplateError as InvalidKeyTemplateError, InvalidTTLError as InvalidTTLError
    from .invalidation import invalidates as invalidates
    from .memory import MemoryCache as MemoryCache
    from .notifications import invalidated as invalidated
    from .pages import cached_page as cached_page
    from .statistics import CacheStats as CacheStats, cache_stats as cache_stats
    from .tagging import ainvalidate_tags as ainvalidate_tags, invalidate_tags as invalidate_tags
    from .testing import (
        count_hits as count_hits,
        isolated_cache as isolated_cache,
        time_passes as time_passes,
    )
    from .warming import warm_ups as warm_ups, warms as warms
