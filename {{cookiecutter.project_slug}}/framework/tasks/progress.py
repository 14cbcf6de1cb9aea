"""How far a running task is, and whether somebody wants it to stop."""

from typing import Final

from dramatiq.middleware import CurrentMessage

from .exceptions import TaskCancelledError
from .journal import current_journal
from .leases import leases
from .running import current_task_id

NOTE_CHARACTERS: Final = 255


def report_progress(done: float, total: float = 1.0, note: str = "") -> None:
    """Show that ``done`` of ``total`` of the running task is done; seen at once, even from inside a transaction.

    Raises :class:`TaskCancelledError` when somebody cancelled the task. Outside a task it does nothing.
    """
    message = CurrentMessage.get_current_message()
    if message is None or (generation := message.options.get("generation")) is None:
        return
    raise_if_cancelled()
    fraction = min(1.0, max(0.0, done / total)) if total else 1.0
    entry = (message.message_id, generation, fraction, note[:NOTE_CHARACTERS])
    if (journal := current_journal()) is not None:
        journal.progress(entry)
    else:
        from .renewal import note_progress

        note_progress([entry])


def raise_if_cancelled() -> None:
    """Raise :class:`TaskCancelledError` in a task that somebody cancelled; it ends as cancelled, not as failed.

    A worker learns of it with its next heartbeat, within a few seconds.
    """
    task_id = current_task_id()
    if task_id is not None and leases().is_unwanted(str(task_id)):
        raise TaskCancelledError(f"Task {task_id} was cancelled while it ran")
