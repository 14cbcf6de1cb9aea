"""Requests that may be sent again: what an unsafe request with an ``Idempotency-Key`` did, it does once.

The first request with a key is carried out and its response kept; another one with the same key gets that response.
See https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/.
"""

from framework.lazy import lazy_exports

with lazy_exports(globals()):
    from .decorators import requires_idempotency_key as requires_idempotency_key
    from .middleware import IdempotencyMiddleware as IdempotencyMiddleware
