"""Static files served by the application itself, under WSGI and ASGI."""

from typing import cast

from asgiref.sync import async_to_sync
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import MissingFileError

from .hooks import GetResponse, HookMiddleware


class StaticFilesMiddleware(HookMiddleware):
    """Serves static files with ServeStatic and lets every other request pass at once.

    ServeStatic by itself looks every address up in a thread while it watches for changes, and under WSGI
    it makes all middleware around it run on an event loop of the request's own.
    """

    after = ("django.middleware.security.SecurityMiddleware",)

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._static = ServeStaticMiddleware(_not_found)

    def serve(self, request: HttpRequest) -> HttpResponseBase:
        """Serve a file, or pass on."""
        if self._is_static(request):
            return async_to_sync(self._file)(request)
        return super().serve(request)

    async def serve_async(self, request: HttpRequest) -> HttpResponseBase:
        """Serve a file, or pass on."""
        if self._is_static(request):
            return await self._file(request)
        return await super().serve_async(request)

    def _is_static(self, request: HttpRequest) -> bool:
        return request.path_info.startswith(self._static.static_prefix) or request.path_info in self._static.files

    async def _file(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return cast("HttpResponseBase", await self._static(request))
        except MissingFileError:
            return await _not_found(request)


async def _not_found(request: HttpRequest) -> HttpResponseBase:
    raise Http404(f"There is no static file {request.path}")
