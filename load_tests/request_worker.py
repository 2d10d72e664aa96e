"""What a search worker does with requests, in this process alone: its processor time, its answers.

Started by ``bench_request`` with the checkout that it measures on its path, so that it uses nothing
of the load tests. It reads one JSON object a line: ``requests``, each an operation, an entity, a
query string and a body. It answers with the processor time of each in milliseconds and a digest of
all answers. ``profile`` instead of a measurement: the functions that took most.
"""

import cProfile
import gc
import hashlib
import io
import json
import pstats
import sys
import time
from pathlib import Path
from typing import Any

from search_service import app
from search_service.settings.model import Settings
from search_service.settings.values import Matching
from search_service.workers.process import Handler
from search_service.workers.searching.searcher import MakeSearcher

_Head = tuple[str, str, bytes]
_OBJECTS_BETWEEN_COLLECTIONS = 100_000  # as a worker has it
_MOST_FUNCTIONS = 45  # of a profile


def main() -> None:
    """Answers until there are no more lines."""
    data, matching = sys.argv[1:]
    searcher = _searcher(Path(data), Matching(matching))
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    print(json.dumps({"ready": app.__file__}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        requests = [_request(*each) for each in asked["requests"]]
        answer = _profiled if asked.get("profile") else _measured
        print(json.dumps(answer(searcher, requests)), flush=True)


def _searcher(data: Path, matching: Matching) -> Handler:
    """It reads what the data directory holds now; nobody may change it meanwhile."""
    settings = Settings(data=data, matching=matching)
    store = app.open_store(settings, create=False)
    view = store.view
    store.close()
    searcher = MakeSearcher(store.engine, app.reading_by(settings), json_logs=False)()
    if view is not None:  # otherwise the searcher looks for itself
        searcher.see(view)
    return searcher


def _request(operation: str, entity: str, query: str, body: str) -> tuple[_Head, bytearray]:
    return (operation, entity, query.encode()), bytearray(body.encode())


def _measured(searcher: Handler, requests: list[tuple[_Head, bytearray]]) -> dict[str, Any]:
    digest = hashlib.sha256()
    times = []
    for head, body in requests:
        begin = time.process_time()
        answer = searcher.answer(head, body)
        times.append(1_000 * (time.process_time() - begin))
        digest.update(answer.body)
    return {"milliseconds": times, "digest": digest.hexdigest()}


def _profiled(searcher: Handler, requests: list[tuple[_Head, bytearray]]) -> dict[str, Any]:
    profile = cProfile.Profile(time.process_time)
    for head, body in requests:
        profile.enable()
        searcher.answer(head, body)
        profile.disable()
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(_MOST_FUNCTIONS)
    return {"profile": text.getvalue()}


if __name__ == "__main__":
    main()
