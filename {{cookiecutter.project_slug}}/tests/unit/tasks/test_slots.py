"""Evenly spaced moments, booked ahead."""

from datetime import timedelta

import pytest
from django.db import transaction

from framework.tasks import NotInTransactionError, reserve_slot
from framework.tasks.models import Throttle

MINUTE = timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_slots_of_a_key_follow_each_other() -> None:
    with transaction.atomic():
        waits = [reserve_slot("bank", MINUTE) for _ in range(3)]
        other = reserve_slot("post", MINUTE)

    assert [round(wait / MINUTE, 2) for wait in waits] == [0, 1, 2]
    assert other == timedelta(0)


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_booking_is_free_again() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        reserve_slot("bank", MINUTE)
        _ = 1 / 0

    assert not Throttle.objects.exists()
    with transaction.atomic():
        assert reserve_slot("bank", MINUTE) == timedelta(0)


@pytest.mark.django_db(transaction=True)
def test_a_booking_outside_a_transaction_is_refused() -> None:
    with pytest.raises(NotInTransactionError, match="'bank' was booked outside a transaction"):
        reserve_slot("bank", MINUTE)
