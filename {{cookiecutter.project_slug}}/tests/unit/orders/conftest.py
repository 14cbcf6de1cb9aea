"""An order to look at, and a cache that starts empty."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache

from apps.orders.catalogue import Product
from apps.orders.models import Order
from apps.orders.services import place_order
from framework.logs import bound_context

type PlaceOrder = Callable[..., Order]


@pytest.fixture(autouse=True)
def empty_cache(db: None) -> Iterator[None]:
    """Start from an empty cache, and leave none of these orders in it."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def place() -> PlaceOrder:
    """Return a function that places an order as a request with this id does."""

    def place(request_id: str = "request-1", quantity: int = 1) -> Order:
        with bound_context(request_id=request_id):
            return place_order(
                product=Product.COFFEE, quantity=quantity, email="ada@example.com", request_id=request_id
            )

    return place
