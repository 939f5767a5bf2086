"""A proxy that lets every request through and then loses some of the answers, as bad networks do."""

from __future__ import annotations

import http.client
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.site import HOST

HOP_HEADERS = frozenset({"connection", "keep-alive", "transfer-encoding", "server", "date"})


@dataclass(slots=True, kw_only=True)
class Loss:
    """Which answers are lost: those of the API, each with the same chance, seeded."""

    share: float
    seed: int
    dropped: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def strikes(self, path: str) -> bool:
        if not path.startswith("/api/"):
            return False
        with self.lock:
            is_lost = self.rng.random() < self.share
            self.dropped += is_lost
            return is_lost


@contextmanager
def dropping_proxy(*, upstream_port: int, loss: Loss) -> Iterator[int]:
    """Serve on a free port in threads of this process; gives that port."""
    server = ThreadingHTTPServer((HOST, 0), handler_for(upstream_port, loss))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="proxy", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def handler_for(upstream_port: int, loss: Loss) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            upstream = http.client.HTTPConnection(HOST, upstream_port, timeout=60)
            try:
                headers = {
                    name: value for name, value in self.headers.items() if name.lower() not in HOP_HEADERS
                }
                upstream.request(self.command, self.path, body=body, headers=headers)
                response = upstream.getresponse()
                content = response.read()
            finally:
                upstream.close()
            # Here the server has committed whatever it did; only the answer can still be lost.
            if loss.strikes(self.path):
                self.hang_up()
            else:
                self.relay(response, content)

        def hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def relay(self, response: http.client.HTTPResponse, content: bytes) -> None:
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in HOP_HEADERS | {"content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            return

    for method in ("GET", "HEAD", "POST", "PUT"):
        setattr(Handler, f"do_{method}", Handler.pass_on)
    return Handler
