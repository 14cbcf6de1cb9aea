"""Every public component of the framework by name, imported on first use.

    from framework.registry import DjangoConfig, get_logger, DjangoTelegram

One line adds a component; type checkers and editors see a plain import. ``list_components``,
``get_component``, ``inspect``, ``register`` and ``validate`` are the registry's own functions.
"""

from framework.lazy import lazy_exports

with lazy_exports(
    globals(),
    groups={"openfeature": "openfeature"},
    on_miss="framework.registry.plugins:discover_plugins",
):
    from framework.activity import (
        ActivityMiddleware as ActivityMiddleware,
        last_seen as last_seen,
        seen_since as seen_since,
        write_activity as write_activity,
    )
    from framework.cache import (
        CacheStats as CacheStats,
        InvalidKeyTemplateError as InvalidKeyTemplateError,
        InvalidTTLError as InvalidTTLError,
        MemoryCache as MemoryCache,
        TieredCache as TieredCache,
        cache_stats as cache_stats,
        cached as cached,
        cached_page as cached_page,
        count_hits as count_hits,
        finish_recomputing as finish_recomputing,
        invalidate_tags as invalidate_tags,
        invalidated as invalidated,
        invalidates as invalidates,
        isolated_cache as isolated_cache,
        no_cache as no_cache,
        time_passes as time_passes,
        warm_ups as warm_ups,
        warms as warms,
    )
    from framework.conf import (
        ActivityConfig as ActivityConfig,
        CacheConfig as CacheConfig,
        ConfigPart as ConfigPart,
        CoreConfig as CoreConfig,
        DatabaseConfig as DatabaseConfig,
        DjangoConfig as DjangoConfig,
        EmailConfig as EmailConfig,
        Environment as Environment,
        EventConfig as EventConfig,
        FeatureConfig as FeatureConfig,
        IdempotencyConfig as IdempotencyConfig,
        LoggingConfig as LoggingConfig,
        MiddlewareConfig as MiddlewareConfig,
        RateLimitConfig as RateLimitConfig,
        RedisConnections as RedisConnections,
        SecurityConfig as SecurityConfig,
        SiteConfig as SiteConfig,
        TaskConfig as TaskConfig,
        TelegramConfig as TelegramConfig,
        Variable as Variable,
        ask_redis as ask_redis,
        connect_directly as connect_directly,
        connect_redis as connect_redis,
        misspelt as misspelt,
        redis_pool as redis_pool,
        variables as variables,
    )
    from framework.errors import (
        CacheError as CacheError,
        ConfigurationError as ConfigurationError,
        EventError as EventError,
        FrameworkError as FrameworkError,
        MissingExtraError as MissingExtraError,
        ServiceError as ServiceError,
        TaskError as TaskError,
    )
    from framework.features import (
        MAINTENANCE as MAINTENANCE,
        Audience as Audience,
        Flag as Flag,
        FlagProvider as FlagProvider,
        MaintenanceMiddleware as MaintenanceMiddleware,
        Rule as Rule,
        UnknownFlagError as UnknownFlagError,
        declared_flags as declared_flags,
        flag_is_active as flag_is_active,
        middleware_behind as middleware_behind,
        overridden_flag as overridden_flag,
        requires_flag as requires_flag,
        urls_behind as urls_behind,
        urls_of_app as urls_of_app,
    )
    from framework.idempotency import (
        IdempotencyMiddleware as IdempotencyMiddleware,
        requires_idempotency_key as requires_idempotency_key,
    )
    from framework.logs import (
        bind_context as bind_context,
        bound_context as bound_context,
        bound_user as bound_user,
        clear_context as clear_context,
        current_context as current_context,
        get_logger as get_logger,
        logging_config as logging_config,
    )
    from framework.middleware import (
        AccessLogMiddleware as AccessLogMiddleware,
        ClientIPMiddleware as ClientIPMiddleware,
        HealthMiddleware as HealthMiddleware,
        HookMiddleware as HookMiddleware,
        LeanASGIHandler as LeanASGIHandler,
        PreferencesMiddleware as PreferencesMiddleware,
        ProbeResult as ProbeResult,
        QueryBudgetExceededError as QueryBudgetExceededError,
        QueryBudgetMiddleware as QueryBudgetMiddleware,
        RequestIDMiddleware as RequestIDMiddleware,
        SecurityHeadersMiddleware as SecurityHeadersMiddleware,
        ServerTimingMiddleware as ServerTimingMiddleware,
        StaticFilesMiddleware as StaticFilesMiddleware,
        TimezoneMiddleware as TimezoneMiddleware,
        get_asgi_application as get_asgi_application,
        get_wsgi_application as get_wsgi_application,
        query_budget as query_budget,
        run_probes as run_probes,
        stack as stack,
    )
    from framework.pagination import (
        InvalidCursorError as InvalidCursorError,
        KeysetPage as KeysetPage,
        KeysetPaginator as KeysetPaginator,
    )
    from framework.ratelimit import (
        Rate as Rate,
        RateError as RateError,
        RateLimitMiddleware as RateLimitMiddleware,
        check_rate as check_rate,
        limit as limit,
        user_or_ip as user_or_ip,
    )
    from framework.services import (
        Attachment as Attachment,
        BotUser as BotUser,
        DjangoEmailService as DjangoEmailService,
        DjangoTelegram as DjangoTelegram,
        EmailRefusedError as EmailRefusedError,
        TelegramBusyError as TelegramBusyError,
        TelegramError as TelegramError,
        TelegramRefusedError as TelegramRefusedError,
        TelegramUnconfiguredError as TelegramUnconfiguredError,
        escape_html as escape_html,
        escape_markdown as escape_markdown,
        send_email as send_email,
    )
    from framework.signals import (
        UNKNOWN as UNKNOWN,
        Batch as Batch,
        Change as Change,
        InvalidReceiverError as InvalidReceiverError,
        LinkChange as LinkChange,
        Mode as Mode,
        Operation as Operation,
        StoredEventError as StoredEventError,
        TransactionRequiredError as TransactionRequiredError,
        UnknownEventError as UnknownEventError,
        UnknownReceiverError as UnknownReceiverError,
        UnserializableEventError as UnserializableEventError,
        WatchedQuerySet as WatchedQuerySet,
        aemit as aemit,
        captured as captured,
        describe_receivers as describe_receivers,
        drain as drain,
        emit as emit,
        event as event,
        muted as muted,
        on as on,
        on_bulk as on_bulk,
        on_change as on_change,
        on_create as on_create,
        on_delete as on_delete,
        on_m2m as on_m2m,
        on_update as on_update,
        temporary_receivers as temporary_receivers,
        upcast as upcast,
    )
    from framework.tasks import (
        DelayTooLongError as DelayTooLongError,
        DramatiqBackend as DramatiqBackend,
        LimitError as LimitError,
        MessageTooLargeError as MessageTooLargeError,
        MessageUnserializableError as MessageUnserializableError,
        NotInTransactionError as NotInTransactionError,
        QueueNameError as QueueNameError,
        TaskCancelledError as TaskCancelledError,
        TaskState as TaskState,
        TaskStats as TaskStats,
        UnknownScheduleError as UnknownScheduleError,
        WorkerStats as WorkerStats,
        broker_settings as broker_settings,
        cancel as cancel,
        captured_tasks as captured_tasks,
        claim_message as claim_message,
        cron as cron,
        current_task_id as current_task_id,
        eager_tasks as eager_tasks,
        enqueue_many as enqueue_many,
        every as every,
        pause as pause,
        ping as ping,
        prometheus_metrics as prometheus_metrics,
        raise_if_cancelled as raise_if_cancelled,
        report_progress as report_progress,
        reserve_slot as reserve_slot,
        resume as resume,
        retry as retry,
        run_schedules as run_schedules,
        run_tasks as run_tasks,
        stats as stats,
        worker_stats as worker_stats,
    )

    from .catalogue import (
        Component as Component,
        categories as categories,
        category_of as category_of,
        get_component as get_component,
        inspect as inspect,
        is_loaded as is_loaded,
        is_registered as is_registered,
        list_components as list_components,
    )
    from .exceptions import ComponentNotFoundError as ComponentNotFoundError
    from .faults import Fault as Fault, find_faults as find_faults, validate as validate
    from .graph import dependency_graph as dependency_graph
    from .load_hooks import add_load_hook as add_load_hook, remove_load_hook as remove_load_hook
    from .plugins import discover_plugins as discover_plugins
    from .registration import (
        register as register,
        register_conditional as register_conditional,
        unregister as unregister,
    )
    from .statistics import RegistryStats as RegistryStats, get_registry_stats as get_registry_stats
