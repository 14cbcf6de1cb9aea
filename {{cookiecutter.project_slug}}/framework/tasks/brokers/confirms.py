"""Publishing to RabbitMQ by the lot: all of it is sent at once, and confirmed at once.

A blocking channel waits for the confirmation of each message before it sends the next one. A publisher is told of the
last message that has been stored, and all before it with that (https://www.rabbitmq.com/docs/confirms).
"""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import takewhile
from typing import Any, Final, NamedTuple

import pika
from dramatiq.errors import ConnectionClosed
from pika.adapters.select_connection import IOLoop
from pika.spec import Basic

CONFIRM_SECONDS: Final = 30.0
#: Stored on disk before it is confirmed, where its queue is durable.
_PERSISTENT: Final = 2


class Letter(NamedTuple):
    """A message as RabbitMQ takes it."""

    queue: str
    body: bytes
    priority: int | None


class UnroutableError(ConnectionClosed):
    """There is no such queue any more."""


class _Lot:
    def __init__(self, letters: Sequence[Letter]) -> None:
        self.letters = letters
        self.left = len(letters)
        self.done: Future[None] = Future()

    def confirm(self, *, is_stored: bool) -> None:
        self.left -= 1
        if not is_stored:
            self.fail(ConnectionClosed(pika.exceptions.NackError([])))
        elif not self.left and not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class ConfirmedChannel:
    """One connection with one channel, served by a thread of its own until it is closed or lost."""

    def __init__(self, parameters: Sequence[Any]) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[_Lot] = deque()
        self._unconfirmed: dict[int, _Lot] = {}
        self._channel: Any = None
        self._published = 0
        self._lost: Exception | None = None
        self._connection: Any = None
        self._loop = IOLoop()
        self._thread = threading.Thread(target=self._run, args=(parameters,), name="rabbitmq-publisher", daemon=True)
        self._thread.start()

    @property
    def is_lost(self) -> bool:
        """Whether nothing can be published any more."""
        return self._lost is not None

    def publish(self, letters: Sequence[Letter]) -> None:
        """Return when the server has stored all ``letters``.

        Raises Dramatiq's ``ConnectionClosed``, :class:`UnroutableError` of these, or ``TimeoutError``; some of them may
        have been stored then.
        """
        lot = _Lot(letters)
        with self._lock:
            if self._lost is not None:
                raise ConnectionClosed(self._lost)
            self._waiting.append(lot)
            self._loop.add_callback_threadsafe(self._send)
        lot.done.result(CONFIRM_SECONDS)

    def close(self) -> None:
        """Close the connection, and wait for the thread."""
        with self._lock:
            if not self.is_lost:
                self._loop.add_callback_threadsafe(self._close)
        self._thread.join(CONFIRM_SECONDS)

    # What follows runs in the thread of the connection.

    def _run(self, parameters: Sequence[Any]) -> None:
        pika.SelectConnection.create_connection(parameters, on_done=self._open, custom_ioloop=self._loop)
        self._loop.start()
        self._loop.close()

    def _open(self, connection: Any) -> None:
        if isinstance(connection, BaseException):
            self._lose(None, connection)
            return
        self._connection = connection
        connection.add_on_close_callback(self._lose)
        connection.channel(on_open_callback=self._select)

    def _select(self, channel: Any) -> None:
        channel.add_on_close_callback(lambda *_: self._close())
        channel.add_on_return_callback(self._return)
        channel.confirm_delivery(self._confirm, callback=lambda _: self._begin(channel))

    def _begin(self, channel: Any) -> None:
        self._channel = channel
        self._send()

    def _send(self) -> None:
        while self._channel is not None and self._channel.is_open and self._waiting:
            with self._lock:
                lot = self._waiting.popleft()
            for letter in lot.letters:
                self._published += 1
                self._unconfirmed[self._published] = lot
                self._channel.basic_publish(
                    exchange="",
                    routing_key=letter.queue,
                    body=letter.body,
                    properties=pika.BasicProperties(delivery_mode=_PERSISTENT, priority=letter.priority),
                    mandatory=True,
                )

    def _confirm(self, frame: Any) -> None:
        last, is_stored = frame.method.delivery_tag, isinstance(frame.method, Basic.Ack)
        tags = [last]
        if frame.method.multiple:
            # They are in the order in which they were published.
            tags = list(takewhile(lambda tag: tag <= last, self._unconfirmed))
        for tag in tags:
            self._unconfirmed.pop(tag).confirm(is_stored=is_stored)

    def _return(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        """Fail what was for a queue that is not there; it is confirmed all the same."""
        for lot in set(self._unconfirmed.values()):
            if any(letter.queue == method.routing_key for letter in lot.letters):
                lot.fail(UnroutableError(f"There is no queue {method.routing_key}"))  # type: ignore[no-untyped-call]  # untyped in Dramatiq

    def _close(self) -> None:
        if self._connection is None:
            self._lose(None, ConnectionError("closed before it was open"))
        elif self._connection.is_open:
            self._connection.close()

    def _lose(self, connection: Any, reason: Any) -> None:
        error = reason if isinstance(reason, Exception) else ConnectionError(str(reason))
        with self._lock:
            self._lost = error
            lots = {*self._waiting, *self._unconfirmed.values()}
            self._waiting.clear()
            self._unconfirmed.clear()
        for lot in lots:
            lot.fail(ConnectionClosed(error))
        self._loop.stop()
