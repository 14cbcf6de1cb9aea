"""New rows, and what becomes of a message whose id or unique key is taken."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import transaction

from .databases import require_own_transaction
from .exceptions import DuplicateMessageError
from .message import SAME_AS
from .models import Task
from .options import FOLLOW_UPS
from .states import OPEN
from .transitions import database, insert

#: How often a key may be given back and taken by another while a row for it is written.
_TURNS: Final = 10


def insert_or_join(rows: Sequence[dict[str, Any]]) -> tuple[set[str], Mapping[str, str]]:
    """Write ``rows`` in the caller's transaction, all or none.

    Returns the ids written, and for each of the others the id of the open task that has its unique key. A message
    that something follows from, such as a child of a group or a link of a chain, is written in any case, and ends as
    the task with its key does. Raises :class:`DuplicateMessageError` or :class:`OtherDatabaseError`.
    """
    using = database()
    if rows:
        require_own_transaction(using, rows[0]["actor"])
    if len(rows) == 1:
        return _insert(rows)
    seen: set[str] = set()
    for row in rows:
        if row["id"] in seen:
            raise _duplicate(row)
        seen.add(row["id"])
    if transaction.get_connection(using).in_atomic_block:
        return _insert(rows)
    with transaction.atomic(using=using):
        return _insert(rows)


def _insert(rows: Sequence[dict[str, Any]]) -> tuple[set[str], Mapping[str, str]]:
    written = insert(rows)
    others: dict[str, str] = {}
    if len(written) == len(rows):
        return written, others
    for row in rows:
        if row["id"] in written:
            continue
        try:
            first = _join(row)
        except DuplicateMessageError:
            # The transaction may go on after this, and those beside it belong to the same call.
            Task.objects.using(database()).filter(id__in=written).delete()
            raise
        if first is None or _is_awaited(row):
            written = written | {row["id"]}
        else:
            others[row["id"]] = first
    return written, others


def _join(row: dict[str, Any]) -> str | None:
    """Return the id of the open task that has the key of ``row``; ``None`` when ``row`` has been given it after all."""
    using = database()
    for _ in range(_TURNS):
        if not row["unique_key"] or Task.objects.using(using).filter(id=row["id"]).exists():
            break
        open_tasks = Task.objects.using(using).filter(unique_key=row["unique_key"], state__in=OPEN)
        if first := open_tasks.values_list("id", flat=True).first():
            if _is_awaited(row):
                options = {**json.loads(row["options"]), SAME_AS: str(first)}
                insert([{**row, "unique_key": None, "options": json.dumps(options)}])
            return str(first)
        if insert([row]):
            return None
    raise _duplicate(row)


def _is_awaited(row: dict[str, Any]) -> bool:
    return bool(row["workflow"]) or not json.loads(row["options"]).keys().isdisjoint(FOLLOW_UPS)


def _duplicate(row: dict[str, Any]) -> DuplicateMessageError:
    return DuplicateMessageError(
        f"The message {row['id']} of {row['actor']} was sent before, and a message has one task; send"
        " message.copy(message_id=str(uuid.uuid4())), or run the task again with framework.tasks.retry()"
    )
