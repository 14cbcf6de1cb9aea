"""Processes that emit durable events are killed anywhere: every committed order has one receipt, no other has any."""

import random
import subprocess
import sys
from collections import Counter

import pytest
from django.contrib.auth.models import Group

from framework.conf.environment import ROOT
from framework.signals import on, temporary_receivers
from framework.tasks import run_tasks
from tests.patience import PATIENCE_SECONDS
from tests.unit.signals import shop
from tests.unit.signals.shop import Paid

KILLS = 50

SCRIPT = """
import os, random, signal, sys, time
random.seed(sys.argv[2])
import django
django.setup()
from django.contrib.auth.models import Group
from django.db import connections, transaction
from framework.signals import emit, on
from tests.patience import PATIENCE_SECONDS
from tests.unit.signals import shop

on(shop.Paid, durable=True)(shop.store)

def emit_for_ever(first, told):
    number = first
    while True:
        if number == first + 1:
            os.write(told, b".")
        try:
            with transaction.atomic():
                if number % 2:
                    Group.objects.create(name=f"order {number}")
                    emit(shop.Paid(number))
                else:
                    emit(shop.Paid(number))
                    Group.objects.create(name=f"order {number}")
                if number % 5 == 0:
                    raise shop.VetoError
        except shop.VetoError:
            pass
        number += 1

for turn in range(int(sys.argv[1])):
    connections.close_all()
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        emit_for_ever(turn * 10_000 + 1, told)
    # Every other one is killed while it connects, or in its first transaction.
    if turn % 2:
        os.read(heard, 1)
    time.sleep(random.uniform(0.0, 0.05))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(heard)
    os.close(told)
"""


@pytest.mark.random
def test_each_committed_order_has_its_receipt_once(environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", SCRIPT, str(KILLS), str(random.random())]
    emitters = environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run(command, cwd=ROOT, env=emitters, check=True, timeout=PATIENCE_SECONDS)

    with temporary_receivers():
        on(Paid, durable=True)(shop.store)
        run_tasks()

    names = list(Group.objects.values_list("name", flat=True))
    orders = {name.removeprefix("order ") for name in names if name.startswith("order ")}
    receipts = Counter(name.removeprefix("paid ") for name in names if name.startswith("paid "))
    assert len(orders) >= KILLS // 2
    assert receipts == dict.fromkeys(orders, 1)
    assert not [number for number in orders if int(number) % 5 == 0]
