"""What may be the matter with a key."""

import uuid
from dataclasses import dataclass

from .responses import Kept


@dataclass(frozen=True, slots=True)
class Held:
    """The request is this one's to carry out."""

    name: str
    holder: uuid.UUID


class InFlight:
    """Another request with the key is being carried out."""


class OtherRequest:
    """The key was used for something else."""


class NotKept:
    """It was carried out, and its response was too long to keep."""


type Claim = Held | Kept | InFlight | OtherRequest | NotKept
