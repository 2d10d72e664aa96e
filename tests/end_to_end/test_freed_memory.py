"""What the service takes for a while goes back to the system."""

import json
import platform
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search_service.memory import resident
from tests.support.calling import BASE, Caller
from tests.support.processes import wait_for
from tests.support.serving import serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others give back by themselves"),
]

MEGABYTE = 1 << 20
ROUNDS = 2
AT_ONCE = 8
SPARE = 80 * MEGABYTE
PATIENCE = 30.0
# Values of a size that Python leaves to the C library. Nothing of them is indexed: that takes long.
BODY = json.dumps(
    [
        {"id": id_, **{f"field{n}": f"{id_} {n} " + "y" * 1_000 for n in range(4)}}
        for id_ in range(4_000)
    ]
).encode()


def test_what_large_bodies_took_is_given_back(tmp_path: Path) -> None:
    with serving(tmp_path, {"workers": 1}) as service, ThreadPoolExecutor(AT_ONCE) as callers:
        caller, pid = Caller(service.url), service.process.pid
        before = resident(pid)
        for _ in range(ROUNDS):
            replies = [
                callers.submit(caller.ask_raw, f"{BASE}addNow/Unknown", BODY, "POST")
                for _ in range(AT_ONCE)
            ]
            assert {reply.result().status for reply in replies} == {204}
        wait_for(lambda: resident(pid) < before + SPARE, "its first size", PATIENCE)
