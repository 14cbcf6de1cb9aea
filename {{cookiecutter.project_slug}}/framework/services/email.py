"""E-mail that survives a crash and a mail server that is away."""

from collections.abc import Sequence

from framework.tasks.models import Task


def send_email(
    subject: str, body: str, to: Sequence[str], *, html: str | None = None, sender: str | None = None
) -> Task:
    """Send a mail from a worker, after the commit of the caller's transaction; return the task's row.

    ``sender`` is ``EMAIL_SENDER`` unless given. A mail server that is away is tried again.
    """
    from framework.tasks import enqueue_many

    from .tasks import deliver_email

    [task] = enqueue_many([deliver_email.message(subject, body, list(to), html, sender)])
    return task
