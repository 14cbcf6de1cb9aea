"""Django's own tasks (https://docs.djangoproject.com/en/6.1/topics/tasks/) on the same rows as Dramatiq's."""

import uuid
from datetime import timedelta
from traceback import format_exception
from typing import Any, Final

import dramatiq
from django.core import checks
from django.db import transaction
from django.tasks import Task as DjangoTask, TaskContext, TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import TaskError as DjangoTaskError
from django.tasks.exceptions import InvalidTaskBackend, TaskException, TaskResultDoesNotExist
from django.tasks.signals import task_enqueued, task_finished, task_started
from django.utils import timezone
from django.utils.json import normalize_json
from django.utils.module_loading import import_string
from dramatiq import Message

from .exceptions import UnknownHereError
from .running import current_task_id
from .signatures import signature_of
from .states import TaskState

MILLISECOND: Final = timedelta(milliseconds=1)
ACTOR: Final = "framework.tasks.django_task"

#: What a task raises whose function, arguments, queue or backend this code does not have.
_NOT_KNOWN: Final = (ImportError, AttributeError, TypeError, TaskException, InvalidTaskBackend)

_STATUS: Final = {
    TaskState.PENDING: TaskResultStatus.READY,
    TaskState.SENT: TaskResultStatus.READY,
    TaskState.RUNNING: TaskResultStatus.RUNNING,
    TaskState.DONE: TaskResultStatus.SUCCESSFUL,
    TaskState.DEAD: TaskResultStatus.FAILED,
    TaskState.CANCELLED: TaskResultStatus.FAILED,
}


class DramatiqBackend(BaseTaskBackend):
    """Runs ``@task`` functions in Dramatiq's workers, as safe inside a transaction as an actor's ``send()``.

    ``OPTIONS`` may hold ``max_retries`` (0 unless given: Django's tasks are not retried) and any other option of an
    actor, such as ``min_backoff`` or ``atomic``.
    """

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> "TaskResult[Any, Any]":
        """Write the row of ``task`` in the caller's transaction; raises what Django's backends raise."""
        from .transitions import database

        self.validate_task(task)
        result: TaskResult[Any, Any] = TaskResult(
            task=task,
            id=str(uuid.uuid4()),
            status=TaskResultStatus.READY,
            enqueued_at=None,
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        # No worker sees the row before those who listen have been told, and there is none if one of them fails.
        with transaction.atomic(using=database()):
            row = self._write(task, result)
            object.__setattr__(result, "enqueued_at", row.created_at)
            task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> "TaskResult[Any, Any]":
        """Return what the row says; raises ``TaskResultDoesNotExist``."""
        from .models import Task
        from .transitions import database

        try:
            row = Task.objects.using(database()).get(id=uuid.UUID(str(result_id)), actor=ACTOR)
        except (Task.DoesNotExist, ValueError):
            raise TaskResultDoesNotExist(result_id) from None
        return result_of(row, self.alias)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Report a backend whose queues no worker would know."""
        if self.queues:
            return []
        hint = "Name the queues in QUEUES, so that workers consume them."
        return [checks.Warning(f"TASKS[{self.alias!r}] accepts any queue name.", hint=hint, id="tasks.W001")]

    def _write(self, task: Any, result: "TaskResult[Any, Any]") -> Any:
        from .models import Task
        from .outbox import write
        from .transitions import database

        delay = None if task.run_after is None else (task.run_after - timezone.now()) / MILLISECOND
        message: Message[Any] = Message(
            queue_name=task.queue_name,
            actor_name=ACTOR,
            args=(task.module_path, self.alias, result.args, result.kwargs),
            kwargs={},
            # Django's highest priority runs first, Dramatiq's lowest.
            options={"max_retries": 0, **self.options, "priority": -task.priority},
            message_id=result.id,
        )
        write(dramatiq.get_broker(), [(message, None if delay is None else int(max(0.0, delay)))])
        return Task.objects.using(database()).only("created_at").get(id=result.id)


def result_of(row: Any, alias: str) -> "TaskResult[Any, Any]":
    """Return the ``TaskResult`` of a task's row."""
    path, _, args, kwargs = row.args
    task: DjangoTask[Any, Any] = import_string(path)
    errors = [DjangoTaskError(exception_class_path=each["type"], traceback=each["traceback"]) for each in row.errors]
    result: TaskResult[Any, Any] = TaskResult(
        task=task.using(priority=-row.priority, queue_name=row.queue, backend=alias),
        id=str(row.id),
        status=_STATUS[TaskState(row.state)],
        enqueued_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        last_attempted_at=row.started_at,
        args=args,
        kwargs=kwargs,
        backend=alias,
        errors=errors,
        worker_ids=[row.worker] * row.attempts,
    )
    object.__setattr__(result, "_return_value", row.result)
    return result


def run(path: str, alias: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Call the function behind ``path`` with Django's signals around it; for the actor :data:`ACTOR`."""
    from .models import Task
    from .transitions import database

    row = Task.objects.using(database()).get(id=str(current_task_id()))
    try:
        result = result_of(row, alias)
        signature_of(result.task.func).bind(*([None] if result.task.takes_context else []), *args, **kwargs)
    except _NOT_KNOWN as error:
        raise UnknownHereError(f"{path} is not known here, or takes other arguments: {error}") from None
    backend = type(result.task.get_backend())
    task_started.send(backend, task_result=result)
    try:
        context: tuple[TaskContext[Any, Any], ...] = (
            (TaskContext(task_result=result),) if result.task.takes_context else ()
        )
        value = normalize_json(result.task.call(*context, *args, **kwargs))
    except BaseException as error:
        entry = DjangoTaskError(
            exception_class_path=f"{type(error).__module__}.{type(error).__qualname__}",
            traceback="".join(format_exception(error)),
        )
        _end(result, TaskResultStatus.FAILED, errors=[*result.errors, entry])
        task_finished.send(backend, task_result=result)
        raise
    _end(result, TaskResultStatus.SUCCESSFUL, _return_value=value)
    task_finished.send(backend, task_result=result)
    return value


def _end(result: "TaskResult[Any, Any]", status: TaskResultStatus, **changes: Any) -> None:
    for name, value in {"status": status, "finished_at": timezone.now(), **changes}.items():
        object.__setattr__(result, name, value)
