"""Lots that RabbitMQ confirms."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pika
import pytest
from dramatiq.errors import ConnectionClosed

from framework.tasks.brokers.confirms import ConfirmedChannel, Letter
from framework.tasks.brokers.rabbitmq import RabbitmqOutboxBroker
from tests.contracts.conftest import QUEUE, System
from tests.patience import eventually
from tests.servers.server import free_port

pytestmark = pytest.mark.parametrize("system", ["rabbitmq"], indirect=True)


def broker_of(system: System) -> RabbitmqOutboxBroker:
    assert isinstance(system.broker, RabbitmqOutboxBroker)
    return system.broker


def test_many_threads_publish_lots_through_one_connection(system: System) -> None:
    note = system.actor(lambda number: None, actor_name="note")
    broker = broker_of(system)

    def publish(lot: int) -> str:
        broker.publish([note.message(number) for number in range(50)])
        return threading.current_thread().name

    with ThreadPoolExecutor(4) as threads:
        assert len(list(threads.map(publish, range(8)))) == 8

    assert eventually(lambda: broker.depth(QUEUE) == 400)
    assert sum(thread.name == "rabbitmq-publisher" for thread in threading.enumerate()) == 1


def test_a_queue_that_somebody_deleted_is_declared_again(system: System) -> None:
    note = system.actor(lambda: None, actor_name="note")
    broker = broker_of(system)
    broker.publish([note.message()])
    with pika.BlockingConnection(broker.parameters) as connection:
        connection.channel().queue_delete(broker.name_of(QUEUE))

    broker.publish([note.message(), note.message()])

    assert eventually(lambda: broker.depth(QUEUE) == 2)


def test_what_a_lost_connection_would_have_carried_goes_by_the_next(system: System) -> None:
    note = system.actor(lambda: None, actor_name="note")
    broker = broker_of(system)
    broker.publish([note.message()])
    assert broker._publisher is not None
    lost = broker._publisher[1]
    lost.close()

    with pytest.raises(ConnectionClosed):
        lost.publish([Letter(broker.name_of(QUEUE), note.message().encode(), None)])
    broker.publish([note.message()])

    assert eventually(lambda: broker.depth(QUEUE) == 2)


def test_a_server_that_is_not_there_is_an_outage(system: System) -> None:
    channel = ConfirmedChannel(
        [pika.URLParameters(f"amqp://guest:guest@127.0.0.1:{free_port()}?connection_attempts=1")]
    )

    with pytest.raises(ConnectionClosed):
        channel.publish([Letter(QUEUE, b"{}", None)])
    assert channel.is_lost
