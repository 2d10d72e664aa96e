"""A server that answers as a test says, where no real node would: lost answers, other products."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson

Reply = Callable[[BaseHTTPRequestHandler, bytes], tuple[int, object] | None]
"""From a request and its body to status and content; None ends the connection."""


class StubNode:
    """It listens until its end. ``requests``: the methods and paths that it got."""

    def __init__(self, reply: Reply) -> None:
        self.requests: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.requests.append(f"{self.command} {self.path}")
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                answer = reply(self, body)
                if answer is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                content = b"" if self.command == "HEAD" else orjson.dumps(answer[1])
                self.send_response(answer[0])
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def end(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def stub_nodes(*replies: Reply) -> Iterator[list[StubNode]]:
    """Servers, one for each reply."""
    started = [StubNode(reply) for reply in replies]
    try:
        yield started
    finally:
        for node in started:
            node.end()
