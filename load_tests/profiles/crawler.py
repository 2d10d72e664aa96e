"""A crawler: walks through everything that is public, page by page, as fast as it is answered."""

import json

from locust import task

from load_tests.client import Answer
from load_tests.profiles.caller import Caller
from load_tests.profiles.checks import page, read
from load_tests.profiles.kinds import CRAWL
from load_tests.queries import Request

LIMIT = 500
MOST_PAGES = 400


class Crawler(Caller):
    """Follows cursors to the end; begins again then."""

    pause = (0.5, 1.0)

    @task
    def walks(self) -> None:
        """From the first datafile on, by id: nothing may come twice."""
        cursor: str | None = None
        last = 0

        def check(answer: Answer) -> str:
            if why := page(LIMIT, 0, within=self.truth.public)(answer):
                return why
            ids = [last, *(hit["id"] for hit in read(answer)["hits"])]
            return "" if ids == sorted(set(ids)) else "hits come twice, or out of order"

        for _ in range(MOST_PAGES):
            answer = self.ask(CRAWL, _page(cursor), check)
            if answer is None:
                return
            content = read(answer)
            cursor = content["cursor"]
            if not cursor or not self.gate.enter(self.number):
                return
            last = content["hits"][-1]["id"]


def _page(cursor: str | None) -> Request:
    body = {
        "entity": "datafile",
        "public": True,
        "fields": ["name", "location", "investigation.id"],
        "sort": {"id": "asc"},
        "limit": LIMIT,
        "count": "none",
        "highlight": False,
    }
    if cursor:
        body["cursor"] = cursor
    return Request("/v1/search", json.dumps(body).encode())
