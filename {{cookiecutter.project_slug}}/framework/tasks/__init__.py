"""Background tasks: plain ``@dramatiq.actor`` code that is safe inside a transaction.

``send()`` writes one row in the caller's transaction; the row stays until the work is done. The broker
named by ``BROKER_URL`` only carries what the rows say. ``transitions`` holds every statement that
changes a row, ``brokers`` and ``middleware`` tie it to Dramatiq, ``relay``, ``schedule`` and
``maintenance`` are the loops of the scheduler process.
"""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .conf import broker_settings as broker_settings
    from .exceptions import MessageTooLargeError as MessageTooLargeError
    from .exceptions import MessageUnserializableError as MessageUnserializableError
    from .exceptions import UnknownScheduleError as UnknownScheduleError
    from .outbox import enqueue_many as enqueue_many
    from .running import current_task_id as current_task_id
    from .scheduling import cron as cron
    from .scheduling import every as every
    from .states import TaskState as TaskState
    from .statistics import TaskStats as TaskStats
    from .statistics import ping as ping
    from .statistics import stats as stats
    from .testing import captured_tasks as captured_tasks
    from .testing import run_tasks as run_tasks
    from .transitions import cancel as cancel
    from .transitions import retry as retry
