"""Typed configuration, read once from the environment and the ``.env`` file.

``DjangoConfig.load()`` gives one frozen object whose parts (database, cache, tasks, security, ...) are
what ``config/settings.py`` and the framework read. Nothing else looks at ``os.environ``.
"""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .config import DjangoConfig as DjangoConfig
    from .core import CoreConfig as CoreConfig
    from .database import DatabaseConfig as DatabaseConfig
    from .dotenv import misspelt as misspelt
    from .email import EmailConfig as EmailConfig
    from .environment import Environment as Environment
    from .part import ConfigPart as ConfigPart
    from .parts import (
        CacheConfig as CacheConfig,
        EventConfig as EventConfig,
        LoggingConfig as LoggingConfig,
        SecurityConfig as SecurityConfig,
        TaskConfig as TaskConfig,
        TelegramConfig as TelegramConfig,
    )
    from .postgresql import connect_directly as connect_directly
    from .redis import (
        RedisConnections as RedisConnections,
        ask_redis as ask_redis,
        connect_redis as connect_redis,
        is_redis_cluster as is_redis_cluster,
        redis_pool as redis_pool,
    )
    from .request_parts import (
        ActivityConfig as ActivityConfig,
        FeatureConfig as FeatureConfig,
        IdempotencyConfig as IdempotencyConfig,
        MiddlewareConfig as MiddlewareConfig,
        RateLimitConfig as RateLimitConfig,
    )
    from .site import SiteConfig as SiteConfig
    from .variable import Variable as Variable, variables as variables
