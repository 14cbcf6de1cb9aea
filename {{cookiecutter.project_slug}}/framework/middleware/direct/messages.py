"""Django's messages, looked for when somebody asks, and in a thread only when some are stored."""

from functools import partial

from django.contrib.messages import middleware
from django.contrib.messages.storage import default_storage
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject, empty

from .hooks import DirectHooks


class MessageMiddleware(DirectHooks, middleware.MessageMiddleware):
    """Keeps messages for the next page."""

    def process_request(self, request: HttpRequest) -> None:
        """Put the storage on the request; it is made when it is asked for."""
        vars(request)["_messages"] = SimpleLazyObject(partial(default_storage, request))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Store what was added or shown."""
        return response if _storage(request) is None else super().process_response(request, response)

    def waits_for_response(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Messages that were added or shown change what is stored; an ``update`` of a storage's own may do anything."""
        storage = _storage(request)
        if storage is None:
            return False
        return bool(storage.used or storage.added_new) or type(storage).update is not BaseStorage.update


def _storage(request: HttpRequest) -> BaseStorage | None:
    """Return the storage if somebody asked for it."""
    storage = vars(request).get("_messages")
    if isinstance(storage, SimpleLazyObject):
        # As lazy objects of Django are asked whether they have been made.
        made = vars(storage)["_wrapped"]
        return None if made is empty else made
    return storage
