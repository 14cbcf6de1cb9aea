"""A bounded number of clients, each of which asks again as soon as it was answered."""

import asyncio
import time
from contextlib import suppress
from typing import Final

IN_FLIGHT: Final = 50


async def requests_per_second(port: int, path: str, seconds: float) -> float:
    """Keep ``IN_FLIGHT`` requests to ``path`` in flight for ``seconds``; return how many were answered with 200."""
    await asyncio.gather(*(_ask(port, path, 0.3) for _ in range(IN_FLIGHT)))
    began = time.perf_counter()
    answered = sum(await asyncio.gather(*(_ask(port, path, seconds) for _ in range(IN_FLIGHT))))
    return answered / (time.perf_counter() - began)


async def until_it_serves(port: int, seconds: float = 20) -> None:
    """Wait for the server; raises ``TimeoutError``."""
    async with asyncio.timeout(seconds):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def _ask(port: int, path: str, seconds: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    line = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    deadline, answered = time.perf_counter() + seconds, 0
    while time.perf_counter() < deadline:
        writer.write(line)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(f"{path} was answered with {head.splitlines()[0].decode()}")
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        answered += 1
    writer.close()
    return answered
