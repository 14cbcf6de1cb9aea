"""Every public component of the framework by name, imported on first use.

    from framework.registry import DjangoConfig, get_logger, DjangoTelegram

One line adds a component; type checkers and editors see a plain import. ``list_components``,
``get_component``, ``inspect``, ``register`` and ``validate`` are the registry's own functions.
"""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from framework.cache import CacheStats as CacheStats
    from framework.cache import InvalidKeyTemplateError as InvalidKeyTemplateError
    from framework.cache import InvalidTTLError as InvalidTTLError
    from framework.cache import MemoryCache as MemoryCache
    from framework.cache import TieredCache as TieredCache
    from framework.cache import cache_stats as cache_stats
    from framework.cache import cached as cached
    from framework.cache import invalidate_tags as invalidate_tags
    from framework.cache import invalidated as invalidated
    from framework.cache import isolated_cache as isolated_cache
    from framework.cache import no_cache as no_cache
    from framework.conf import CacheConfig as CacheConfig
    from framework.conf import ConfigPart as ConfigPart
    from framework.conf import DatabaseConfig as DatabaseConfig
    from framework.conf import DjangoConfig as DjangoConfig
    from framework.conf import EmailConfig as EmailConfig
    from framework.conf import Environment as Environment
    from framework.conf import FeatureConfig as FeatureConfig
    from framework.conf import LoggingConfig as LoggingConfig
    from framework.conf import MiddlewareConfig as MiddlewareConfig
    from framework.conf import SecurityConfig as SecurityConfig
    from framework.conf import SiteConfig as SiteConfig
    from framework.conf import TaskConfig as TaskConfig
    from framework.conf import TelegramConfig as TelegramConfig
    from framework.errors import CacheError as CacheError
    from framework.errors import ConfigurationError as ConfigurationError
    from framework.errors import EventError as EventError
    from framework.errors import FrameworkError as FrameworkError
    from framework.errors import ServiceError as ServiceError
    from framework.errors import TaskError as TaskError
    from framework.features import Flag as Flag
    from framework.features import UnknownFlagError as UnknownFlagError
    from framework.features import declared_flags as declared_flags
    from framework.features import flag_is_active as flag_is_active
    from framework.features import overridden_flag as overridden_flag
    from framework.features import requires_flag as requires_flag
    from framework.lazy import MissingExtraError as MissingExtraError
    from framework.logs import bind_context as bind_context
    from framework.logs import bound_context as bound_context
    from framework.logs import clear_context as clear_context
    from framework.logs import current_context as current_context
    from framework.logs import get_logger as get_logger
    from framework.logs import logging_config as logging_config
    from framework.middleware import AccessLogMiddleware as AccessLogMiddleware
    from framework.middleware import ClientIPMiddleware as ClientIPMiddleware
    from framework.middleware import HealthMiddleware as HealthMiddleware
    from framework.middleware import HookMiddleware as HookMiddleware
    from framework.middleware import RequestIDMiddleware as RequestIDMiddleware
    from framework.middleware import ServerTimingMiddleware as ServerTimingMiddleware
    from framework.middleware import stack as stack
    from framework.services import DjangoTelegram as DjangoTelegram
    from framework.services import TelegramError as TelegramError
    from framework.services import TelegramUnconfiguredError as TelegramUnconfiguredError
    from framework.services import escape_html as escape_html
    from framework.services import send_email as send_email
    from framework.signals import UNKNOWN as UNKNOWN
    from framework.signals import Change as Change
    from framework.signals import InvalidReceiverError as InvalidReceiverError
    from framework.signals import Mode as Mode
    from framework.signals import UnknownEventError as UnknownEventError
    from framework.signals import UnserializableEventError as UnserializableEventError
    from framework.signals import aemit as aemit
    from framework.signals import captured as captured
    from framework.signals import emit as emit
    from framework.signals import event as event
    from framework.signals import muted as muted
    from framework.signals import on as on
    from framework.signals import on_change as on_change
    from framework.signals import on_create as on_create
    from framework.signals import on_delete as on_delete
    from framework.signals import on_update as on_update
    from framework.tasks import MessageTooLargeError as MessageTooLargeError
    from framework.tasks import MessageUnserializableError as MessageUnserializableError
    from framework.tasks import TaskState as TaskState
    from framework.tasks import TaskStats as TaskStats
    from framework.tasks import UnknownScheduleError as UnknownScheduleError
    from framework.tasks import broker_settings as broker_settings
    from framework.tasks import cancel as cancel
    from framework.tasks import captured_tasks as captured_tasks
    from framework.tasks import cron as cron
    from framework.tasks import current_task_id as current_task_id
    from framework.tasks import enqueue_many as enqueue_many
    from framework.tasks import every as every
    from framework.tasks import ping as ping
    from framework.tasks import retry as retry
    from framework.tasks import run_tasks as run_tasks
    from framework.tasks import stats as stats

    from .catalogue import Component as Component
    from .catalogue import categories as categories
    from .catalogue import category_of as category_of
    from .catalogue import get_component as get_component
    from .catalogue import inspect as inspect
    from .catalogue import is_loaded as is_loaded
    from .catalogue import is_registered as is_registered
    from .catalogue import list_components as list_components
    from .catalogue import register as register
    from .catalogue import unregister as unregister
    from .catalogue import validate as validate
    from .exceptions import ComponentNotFoundError as ComponentNotFoundError
