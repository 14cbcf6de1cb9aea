"""Django's messages, in a thread only when some are stored."""

from django.contrib.messages import middleware
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .hooks import DirectHooks


class MessageMiddleware(DirectHooks, middleware.MessageMiddleware):
    """Keeps messages for the next page."""

    def waits_for_response(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Messages that were added or shown change what is stored; an ``update`` of a storage's own may do anything."""
        storage = getattr(request, "_messages", None)
        if storage is None:
            return False
        return bool(storage.used or storage.added_new) or type(storage).update is not BaseStorage.update
