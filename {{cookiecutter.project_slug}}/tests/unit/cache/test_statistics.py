"""What is counted by function, by tag and by request."""

import asyncio

import pytest

from framework.cache import TieredCache, cache_stats, cached, invalidate_tags
from framework.middleware.measure import measured

pytestmark = pytest.mark.django_db(transaction=True)


@cached(ttl=60, key="counted:{number}", tags=["counted", "number:{number}"])
def square(number: int) -> int:
    return number**2


@cached(ttl=60, key="counted-async:{number}", tags=["counted"])
async def cube(number: int) -> int:
    return number**3


def test_calls_are_counted_by_the_templates_of_key_and_tags(database_cache: TieredCache) -> None:
    for number in (1, 1, 2, 1):
        square(number)
    invalidate_tags("number:1", "counted")
    square(1)

    counted = cache_stats()
    assert counted.keys["counted:{number}"] == {"hits": 2, "misses": 3}
    assert counted.tags["number:{number}"] == {"hits": 2, "misses": 3, "invalidations": 1}
    assert counted.tags["counted"] == {"hits": 2, "misses": 3, "invalidations": 1}


def test_calls_of_async_functions_are_counted(database_cache: TieredCache) -> None:
    async def ask() -> None:
        await cube(2)
        await cube(2)

    asyncio.run(ask())

    assert cache_stats().keys["counted-async:{number}"] == {"hits": 1, "misses": 1}


def test_a_request_counts_its_own_reads(database_cache: TieredCache) -> None:
    database_cache.set("known", {"a": 1})

    with measured() as measurement:
        for key in ("known", "known", "unknown"):
            database_cache.get(key)
    database_cache.get("known")

    assert (measurement.cache.hits, measurement.cache.misses) == (2, 1)
    assert measurement.cache.seconds > 0
