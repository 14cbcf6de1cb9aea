"""What a row gives to a broker: the columns that a message is made of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


class HandOver(NamedTuple):
    """A claimed row; its fields are the columns it is read from."""

    serial: int
    id: UUID
    actor: str
    queue: str
    priority: int
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    options: Mapping[str, Any]
    context: Mapping[str, Any]
    workflow_step: int
    generation: int
    created_at: datetime
    available_at: datetime
