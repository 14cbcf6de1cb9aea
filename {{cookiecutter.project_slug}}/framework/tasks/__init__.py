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
    from .exceptions import DelayTooLongError as DelayTooLongError
    from .exceptions import LimitError as LimitError
    from .exceptions import MessageTooLargeError as MessageTooLargeError
    from .exceptions import MessageUnserializableError as MessageUnserializableError
    from .exceptions import NotInTransactionError as NotInTransactionError
    from .exceptions import QueueNameError as QueueNameError
    from .exceptions import TaskCancelledError as TaskCancelledError
    from .exceptions import UnknownScheduleError as UnknownScheduleError
    from .inbox import claim_message as claim_message
    from .metrics import prometheus_metrics as prometheus_metrics
    from .outbox import enqueue_many as enqueue_many
    from .progress import raise_if_cancelled as raise_if_cancelled
    from .progress import report_progress as report_progress
    from .running import current_task_id as current_task_id
    from .scheduling import cron as cron
    from .scheduling import every as every
    from .slots import reserve_slot as reserve_slot
    from .states import TaskState as TaskState
    from .statistics import TaskStats as TaskStats
    from .statistics import WorkerStats as WorkerStats
    from .statistics import ping as ping
    from .statistics import stats as stats
    from .statistics import worker_stats as worker_stats
    from .steering import cancel as cancel
    from .steering import pause as pause
    from .steering import resume as resume
    from .steering import retry as retry
    from .testing import captured_tasks as captured_tasks
    from .testing import eager_tasks as eager_tasks
    from .testing import run_schedules as run_schedules
    from .testing import run_tasks as run_tasks
