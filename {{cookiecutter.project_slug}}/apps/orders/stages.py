"""The stages of an order from the request to the next read, in the order they happen."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage: its name, where it happens, and what to tell people about it."""

    name: str
    place: str
    title: str
    text: str
    hint: str


STAGES: Final[tuple[Stage, ...]] = (
    Stage(
        name="request",
        place="Web",
        title="Request",
        text="The form arrives and gets an id that every log line carries from here on.",
        hint="is the request id middleware installed?",
    ),
    Stage(
        name="transaction",
        place="Web",
        title="Transaction",
        text="Everything up to the outbox row is committed together, or not at all.",
        hint="was it rolled back?",
    ),
    Stage(
        name="event",
        place="Web",
        title="Event",
        text="OrderPlaced reaches its receivers inside the transaction.",
        hint="is apps/orders/receivers.py imported?",
    ),
    Stage(
        name="outbox",
        place="Web",
        title="Outbox row",
        text="The receiver that has to survive a crash is stored as a task, beside the order.",
        hint="is a durable receiver of OrderPlaced registered?",
    ),
    Stage(
        name="message",
        place="Queue",
        title="Message",
        text="After the commit, the task is handed over.",
        hint="is the scheduler or the worker running?",
    ),
    Stage(
        name="worker",
        place="Worker",
        title="Worker",
        text="Another process starts the task.",
        hint="is the worker running?",
    ),
    Stage(
        name="receipt",
        place="Worker",
        title="Receipt",
        text="A mail goes out and the order is confirmed, once, even if this process is killed.",
        hint="did the task fail? see manage.py tasks list",
    ),
    Stage(
        name="invalidated",
        place="Cache",
        title="Cache entry invalidated",
        text="The sales summary no longer fits: its tag is invalidated for every process.",
        hint="is the receiver of Order's post_save connected?",
    ),
    Stage(
        name="recomputed",
        place="Web",
        title="Next read recomputed",
        text="The next reader finds no entry and computes the summary anew.",
        hint="does the invalidation reach the web process?",
    ),
)
