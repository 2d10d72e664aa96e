"""A service that answers the contract at once and knows nothing.

Shows how many requests the load generator alone can send: ``python -m tests.support.stub`` prints
an address for ``scripts/bench-search --url``. Tests look at the requests that it got.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

BASE = "/icat.lucene"
Answer = tuple[int, Any]
EMPTY_SEARCH: dict[str, Any] = {"results": []}
EMPTY_FACET: dict[str, Any] = {"aggregations": {}}


@dataclass
class Stub:
    """A running stub: where it is, and what it was sent, as (path, body)."""

    url: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def paths(self) -> list[str]:
        """The paths asked for, without the base and the query string."""
        return [urlsplit(path).path.removeprefix(f"{BASE}/") for path, _ in self.calls]


def no_hits(path: str, _body: Any) -> Answer:
    """Answers searches and facets with nothing, all else with success."""
    operation = urlsplit(path).path.removeprefix(f"{BASE}/")
    if operation == "version":
        return 200, {"version": "stub"}
    if operation.endswith("/facet"):
        return 200, EMPTY_FACET
    if operation in ("investigation", "dataset", "datafile"):
        return 200, EMPTY_SEARCH
    return 204, None


@contextmanager
def stub(answer: Callable[[str, Any], Answer] = no_hits) -> Iterator[Stub]:
    """Runs a stub on a free port until the block ends."""
    running = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One packet an answer, else each waits for the client's acknowledgement.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(content) if content else None
            running.calls.append((self.path, body))
            status, result = answer(self.path, body)
            payload = b"" if result is None else json.dumps(result).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as server:
        running.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    with stub() as service, suppress(KeyboardInterrupt):
        print(service.url, flush=True)
        Event().wait()
