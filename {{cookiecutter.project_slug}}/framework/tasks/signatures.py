"""What functions take, looked up once."""

from collections.abc import Callable
from functools import lru_cache
from inspect import Signature, signature
from typing import Any


@lru_cache(maxsize=1024)
def signature_of(function: Callable[..., Any]) -> Signature:
    """Return the signature of an actor's function."""
    return signature(function)
