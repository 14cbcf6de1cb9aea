"""Background tasks: plain ``@dramatiq.actor`` code that is safe inside a transaction.

``send()`` writes one row in the caller's transaction; the row stays until the work is done. The broker
named by ``BROKER_URL`` only carries what the rows say. ``states`` says what a row can be, ``transitions``
holds every statement that changes it, ``brokers`` and ``middleware`` tie it to Dramatiq; ``relay``,
``scheduling`` and ``maintenance`` are the loops of the scheduler process.
"""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .backend import DramatiqBackend as DramatiqBackend
    from .conf import broker_settings as broker_settings
    from .exceptions import (
        DelayTooLongError as DelayTooLongError,
        DuplicateMessageError as DuplicateMessageError,
        LimitError as LimitError,
        MessageTooLargeError as MessageTooLargeError,
        MessageUnserializableError as MessageUnserializableError,
        NotInTransactionError as NotInTransactionError,
        OptionsError as OptionsError,
        OtherDatabaseError as OtherDatabaseError,
        PriorityError as PriorityError,
        QueueNameError as QueueNameError,
        SharedMemoryError as SharedMemoryError,
        TaskCancelledError as TaskCancelledError,
        UnknownHereError as UnknownHereError,
        UnknownScheduleError as UnknownScheduleError,
    )
    from .inbox import claim_message as claim_message
    from .metrics import prometheus_metrics as prometheus_metrics
    from .outbox import enqueue_many as enqueue_many
    from .progress import raise_if_cancelled as raise_if_cancelled, report_progress as report_progress
    from .running import current_task_id as current_task_id
    from .scheduling import cron as cron, every as every
    from .shared_memory import require_shared_memory as require_shared_memory
    from .slots import reserve_slot as reserve_slot
    from .states import TaskState as TaskState
    from .statistics import (
        TaskStats as TaskStats,
        WorkerStats as WorkerStats,
        ping as ping,
        stats as stats,
        worker_stats as worker_stats,
    )
    from .steering import cancel as cancel, pause as pause, resume as resume, retry as retry
    from .testing import (
        captured_tasks as captured_tasks,
        eager_tasks as eager_tasks,
        run_schedules as run_schedules,
        run_tasks as run_tasks,
    )
