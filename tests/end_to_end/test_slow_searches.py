"""A search over its time is ended alone: others are answered, and its worker is replaced."""

from pathlib import Path
from threading import Thread

import pytest

from tests.end_to_end.slow_searches import FILES, QUICK, READ_SLOWLY, SLOW
from tests.support.calling import Caller, Reply
from tests.support.processes import descendants, is_alive, wait_for
from tests.support.serving import serving

pytestmark = pytest.mark.slow


def test_a_search_over_its_time_is_told_so_while_others_go_on(tmp_path: Path) -> None:
    settings = {**READ_SLOWLY, "workers": 3, "search_seconds": 1.5}
    with serving(tmp_path, settings) as service:
        caller = Caller(service.url)
        caller.populate("Datafile", [FILES])
        before = descendants(service.process.pid)
        replies: list[Reply] = []
        slow = Thread(target=lambda: replies.append(caller.search("Datafile", SLOW)))
        slow.start()
        wait_for(lambda: caller.status()["searches"]["busy"] == 1, "a search under way")
        meanwhile = 0
        while slow.is_alive():
            reply = caller.search("Datafile", QUICK)
            assert reply.status == 200
            assert len(reply.content["results"]) == len(FILES)
            meanwhile += 1
        (told,) = replies
        assert told.status == 504
        assert told.message == "Search cancelled for exceeding 1.5 seconds"
        assert meanwhile > 10
        wait_for(lambda: caller.status()["searches"]["idle"] == 3, "a worker in its place")
        counts = caller.status()["searches"]["counts"]
        assert (counts["overran"], counts["crashed"], counts["started"]) == (1, 0, 4)
        wait_for(lambda: sum(map(is_alive, before)) == len(before) - 1, "the end of one process")
        assert len(descendants(service.process.pid) - before) == 1
        assert service.stop() == 0
    assert service.defects() == []
