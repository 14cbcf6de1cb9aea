"""A Bot API server that really listens, on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "12345:AAHunter2_hunter2-hunter2"


@dataclass
class BotAPI:
    """What the server was asked, and what it answers next; by itself it takes every message."""

    url: str = ""
    paths: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    def answer(self, status: int, **answer: Any) -> None:
        """Give this answer to the next call that has none yet."""
        self.answers.append((status, json.dumps(answer).encode()))

    def take(self, path: str, message: dict[str, Any]) -> tuple[int, bytes]:
        """Note a call and return the status and the body of the answer."""
        self.paths.append(path)
        self.messages.append(message)
        if self.answers:
            return self.answers.pop(0)
        if path.endswith("/getMe"):
            return 200, json.dumps(
                {"ok": True, "result": {"id": 7, "first_name": "Shop", "username": "shop_bot"}}
            ).encode()
        result = {"message_id": len(self.messages), "chat": {"id": message["chat_id"]}}
        return 200, json.dumps({"ok": True, "result": result}).encode()


def read_form(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the fields of a form; a file is a pair of its name and its bytes."""
    raw = b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    form: EmailMessage = message_from_bytes(raw, EmailMessage, policy=policy.default)
    fields: dict[str, Any] = {}
    for part in form.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        file = part.get_filename()
        name = part["Content-Disposition"].params["name"]
        fields[name] = (file, content) if file else content.decode()
    return fields


@contextmanager
def serve_bot_api() -> Iterator[BotAPI]:
    """Serve the Bot API at ``url`` of what is yielded."""
    api = BotAPI()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            form = self.headers["Content-Type"].startswith("multipart/form-data")
            message = read_form(self.headers["Content-Type"], body) if form else json.loads(body)
            status, body = api.take(self.path, message)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
