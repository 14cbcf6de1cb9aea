"""The connections over which limits are asked for."""

import os
import threading

import pytest
import redis

from framework.conf import RedisConnections, redis_pool
from tests.unit.cache.servers import PrivateRedis

pytestmark = pytest.mark.redis


@pytest.fixture
def connections(server: PrivateRedis) -> RedisConnections:
    return RedisConnections(redis_pool(server.url, socket_timeout=60))


def client_id(connections: RedisConnections) -> int:
    """Return the server's number of the connection that was used."""
    return int(connections.ask("CLIENT", "ID"))


def test_one_connection_serves_call_after_call(connections: RedisConnections) -> None:
    assert client_id(connections) == client_id(connections)


def test_calls_at_the_same_time_have_a_connection_each(connections: RedisConnections) -> None:
    threads = [threading.Thread(target=connections.ask, args=("BLPOP", "nothing", "0.5")) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert connections.ask("CLIENT", "LIST").count(b"id=") == 3


def test_a_connection_that_the_server_closed_is_opened_again(
    server: PrivateRedis, connections: RedisConnections
) -> None:
    before = client_id(connections)
    RedisConnections(redis_pool(server.url)).ask("CLIENT", "KILL", "ID", str(before))

    assert client_id(connections) > before


def test_after_an_outage_the_same_connections_work(server: PrivateRedis, connections: RedisConnections) -> None:
    client_id(connections)
    server.stop()
    with pytest.raises(redis.ConnectionError):
        client_id(connections)
    server.start()

    assert client_id(connections) > 0


def test_an_answer_of_an_error_leaves_the_connection_as_it_was(connections: RedisConnections) -> None:
    before = client_id(connections)
    with pytest.raises(redis.ResponseError):
        connections.ask("GET")

    assert client_id(connections) == before


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_process_has_connections_of_its_own(connections: RedisConnections) -> None:
    mine = client_id(connections)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, str(client_id(connections)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = int(os.read(reading, 20))
    os.close(reading)
    os.close(writing)

    assert theirs != mine
    assert client_id(connections) == mine
