"""``Idempotency-Key`` on unsafe requests."""

from http import HTTPStatus
from typing import cast

from asgiref.sync import sync_to_async
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from framework.logs import get_logger
from framework.middleware import HookMiddleware

from .claims import Held, InFlight, NotKept, OtherRequest
from .keys import fingerprint_of, key_of, name_of, owner_of
from .responses import Kept, refusal, was_carried_out

logger = get_logger(__name__)


class IdempotencyMiddleware(HookMiddleware):
    """Carries a request with a key out once; the same request again gets the same response.

    409 while the first one is in flight, 422 for another request with the key, 400 for a key that cannot be read, 503
    while the database is away. After a response with status 5xx, 401, 403, 408 or 429 the request may come again.
    """

    after = ("django.contrib.auth.middleware.AuthenticationMiddleware",)

    def serve(self, request: HttpRequest) -> HttpResponseBase:
        """Carry the request out, or answer as before."""
        try:
            if (key := key_of(request)) is None:
                return cast("HttpResponseBase", self.get_response(request))
        except ValueError as error:
            return refusal(HTTPStatus.BAD_REQUEST, str(error))
        held = _begin(request, key)
        if isinstance(held, HttpResponse):
            return held
        try:
            response = cast("HttpResponseBase", self.get_response(request))
        except BaseException:
            _end(held, None)
            raise
        _end(held, response)
        return response

    async def serve_async(self, request: HttpRequest) -> HttpResponseBase:
        """Carry the request out, or answer as before; the table is asked in a thread."""
        try:
            if (key := key_of(request)) is None:
                return cast("HttpResponseBase", await self.get_response(request))
        except ValueError as error:
            return refusal(HTTPStatus.BAD_REQUEST, str(error))
        held = await sync_to_async(_begin)(request, key)
        if isinstance(held, HttpResponse):
            return held
        try:
            response = cast("HttpResponseBase", await self.get_response(request))
        except Exception:
            await sync_to_async(_end)(held, None)
            raise
        # A client who left in the middle leaves the key held: nobody knows what was done, and it is asked again later.
        await sync_to_async(_end)(held, response)
        return response


def _begin(request: HttpRequest, key: str) -> Held | HttpResponse:
    from . import ledger

    owner = owner_of(request)
    try:
        claim = ledger.claim(name_of(owner, key), owner, fingerprint_of(request))
    except Error as error:
        logger.warning("idempotency_unavailable", error=str(error).strip())
        return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "The request was not carried out; send it again.", retry_after=1)
    match claim:
        case Held():
            return claim
        case Kept():
            return claim.again()
        case InFlight():
            text = "A request with this Idempotency-Key is being carried out."
            return refusal(HTTPStatus.CONFLICT, text, retry_after=1)
        case OtherRequest():
            text = "This Idempotency-Key was used for another request; choose a new one."
            return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, text)
        case NotKept():
            text = "The request with this Idempotency-Key was carried out; its response was not kept."
            return refusal(HTTPStatus.CONFLICT, text)


def _end(held: Held, response: HttpResponseBase | None) -> None:
    from . import ledger

    try:
        if response is None or not was_carried_out(response):
            ledger.let_go(held)
        else:
            ledger.keep(held, Kept.of(response), status=response.status_code)
    except Error as error:
        # What was done is done; the key stays held until its time is over.
        logger.error("idempotency_response_lost", error=str(error).strip())
