"""What a request read from the cache is told with what else it cost."""

from pathlib import Path
from typing import Any

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from pytest_django import Settings

from framework.middleware import AccessLogMiddleware, ServerTimingMiddleware
from tests.unit.cache.configurations import tiered

from .conftest import Serve


def test_reads_are_logged_and_shown(serve: Serve, lines: list[Any], settings: Settings, tmp_path: Path) -> None:
    settings.CACHES, settings.DEBUG = tiered(["memory"], tmp_path), True
    caches["default"].set("known", "value")

    def view(request: HttpRequest) -> HttpResponse:
        for key in ("known", "known", "unknown"):
            caches["default"].get(key)
        return HttpResponse()

    response = serve(lambda inner: AccessLogMiddleware(ServerTimingMiddleware(inner)), view)

    assert [(line["cache_hits"], line["cache_misses"]) for line in lines] == [(2, 1)]
    assert 'desc="2 hits, 1 misses"' in response.headers["Server-Timing"]
