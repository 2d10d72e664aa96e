"""Thousands of requests, sense and nonsense: all are answered, and nothing of them stays but data.

``HOSTILE_TIMES=50`` makes 100,000 of them.
"""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hostile.amounts import TIMES, times
from tests.hostile.visitors import ENTITY, Visitor
from tests.support.calling import Caller
from tests.support.processes import descendants, wait_for
from tests.support.rights import Facility
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

SECONDS = 240 * TIMES
VISITORS = 4
REQUESTS = 2_000
ROUNDS = 2 if TIMES == 1 else 5
"""What is taken up by the first requests may stay: caches that are bounded, pools of memory."""

MEGABYTES = 96
"""By which a process may be larger afterwards: the documents, and what a cache has room for."""


@dataclass(frozen=True)
class Use:
    """What a service has of the system: by process its memory, and of the front what it opened."""

    front: int  # megabytes
    largest_worker: int
    files: int
    threads: int
    processes: int


def use_of(service: Served) -> Use:
    front = service.process.pid
    others = descendants(front)
    return Use(
        front=_megabytes(front),
        largest_worker=max(map(_megabytes, others)),
        files=len(list(Path(f"/proc/{front}/fd").iterdir())),
        threads=len(list(Path(f"/proc/{front}/task").iterdir())),
        processes=len(others),
    )


def _megabytes(pid: int) -> int:
    found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) >> 10 if found else 0


def test_whatever_is_asked_leaves_nothing_behind_but_what_was_acknowledged(tmp_path: Path) -> None:
    visitors: list[Visitor] = []
    with serving(tmp_path / "data", {"workers": 2}, log_file=tmp_path / "log") as service:
        caller = Caller(service.url)
        caller.put(Facility(1).documents)
        idle = use_of(service)
        uses: list[Use] = []
        for turn in range(ROUNDS):
            uses.append(use_of(service))
            visitors += _visit(service, turn)
            wait_for(lambda: use_of(service).files <= idle.files + 2, "connections are closed")
        after, before = use_of(service), uses[-1]
        statuses: Counter[int] = sum((visitor.statuses for visitor in visitors), start=Counter())
        print(idle, *uses, after, dict(sorted(statuses.items())), sep="\n")
        assert [wrong for visitor in visitors for wrong in visitor.wrong] == []
        assert after.front <= before.front + MEGABYTES
        assert after.largest_worker <= before.largest_worker + MEGABYTES
        assert after.threads <= before.threads + 2
        assert after.processes == before.processes

        caller.done("commit")
        kept = {id_: name for visitor in visitors for id_, name in visitor.kept.items()}
        of_visitors = {"filter": {f"{ENTITY}.id": {"from": FIRST_ID}}}
        hits = caller.search(ENTITY, of_visitors).content["results"]
        assert {hit["_source"]["id"]: hit["_source"]["name"] for hit in hits} == kept
        assert service.process.poll() is None
        assert service.stop() == 0
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line for line in lines if " error " in line or "Traceback" in line] == []


FIRST_ID = 1_000_000


def _visit(service: Served, turn: int) -> list[Visitor]:
    each = times(REQUESTS) // VISITORS // ROUNDS
    found = [
        Visitor(service.url, seed=100 * turn + n, first_id=FIRST_ID + 1_000 * (VISITORS * turn + n))
        for n in range(VISITORS)
    ]
    with ThreadPoolExecutor(VISITORS) as pool:
        for done in [pool.submit(visitor.ask, each) for visitor in found]:
            done.result()
    return found
