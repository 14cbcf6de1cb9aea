"""Caches of their own for the tests of the cache."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import caches
from django.test import AsyncClient, Client
from pytest_django import Settings

from framework.cache import dependencies, statistics
from framework.cache.backend import TieredCache
from framework.cache.coherence.channel import stop_all
from framework.signals import temporary_receivers
from tests.patience import PATIENCE_SECONDS, eventually

from . import pages
from .configurations import tiered
from .servers import PrivateRedis, private_redis


@pytest.fixture
def database_cache(settings: Settings, tmp_path: Path, transactional_db: None) -> Iterator[TieredCache]:
    """Memory in front of the database."""
    settings.CACHES = tiered(["memory", "database"], tmp_path)
    cache = caches["default"]
    assert isinstance(cache, TieredCache)
    cache.clear()
    statistics.reset()
    yield cache
    cache.clear()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[PrivateRedis]:
    """A server that the test may stop."""
    with private_redis(tmp_path) as server:
        yield server


@pytest.fixture
def redis_cache(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, redis_server: PrivateRedis
) -> Iterator[TieredCache]:
    """Memory in front of Redis, the listener at work; the parameter is for how many seconds Redis is waited for."""
    timeout = getattr(request, "param", PATIENCE_SECONDS)
    settings.CACHES = tiered(["memory", "redis"], tmp_path, redis_url=redis_server.url, redis_timeout=timeout)
    cache = caches["default"]
    assert isinstance(cache, TieredCache)
    assert eventually(cache.coherence.is_fresh)
    statistics.reset()
    yield cache
    stop_all()


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget at the end what a test made depend on models."""
    for name in ("_watched", "_by_sender", "_by_deleted", "_by_links"):
        monkeypatch.setattr(dependencies, name, {})
    with temporary_receivers():
        yield


@pytest.fixture
def page_views(settings: Settings, database_cache: TieredCache) -> None:
    """Serve the views of ``pages``, which have not been asked for anything yet."""
    settings.ROOT_URLCONF = "tests.unit.cache.pages"
    pages.made.clear()
    pages.plan.clear()


@pytest.fixture(params=["/page/7", "/page-async/7"])
def address(request: pytest.FixtureRequest) -> str:
    """A view in a thread and one on the event loop."""
    return str(request.param)


@pytest.fixture
def get(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return a function that asks for a page by the kind of server its view was written for."""

    def ask(path: str, **options: Any) -> Any:
        if "async" in path:
            return async_to_sync(AsyncClient(raise_request_exception=False).get)(path, **options)
        return Client(raise_request_exception=False).get(path, **options)

    return ask
