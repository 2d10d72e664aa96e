"""Profiles of users for Locust: who asks what, and how often.

A first set: a user who browses, one who looks at their own data, one who types leading wildcards,
and the catalogue server that sends changes. Their questions are drawn as those of ``bench_search``,
from a facility as large as the one the service was filled with.
"""

import itertools
import random
from typing import Any

from locust import HttpUser, between, constant_pacing, task

from load_tests.documents import Facility, datafiles
from load_tests.queries import BASE, CLASSES, Request

DRAW = {kind.name: kind.draw for kind in CLASSES}
SMALLEST = 600
BATCH = 100

_facilities: dict[str, Facility] = {}


class CatalogueUser(HttpUser):
    """Asks as a catalogue server does on behalf of a person."""

    abstract = True
    facility: Facility
    dice: random.Random

    def on_start(self) -> None:
        """Learns how large the facility is that the service holds."""
        host = str(self.host)
        if host not in _facilities:
            _facilities[host] = Facility(max(SMALLEST, self._datafiles()))
        self.facility = _facilities[host]
        self.dice = random.Random()

    def ask(self, kind: str) -> None:
        """Sends a request of one of the measured classes."""
        self.post(kind, DRAW[kind](self.facility, self.dice))

    def post(self, name: str, request: Request) -> Any:
        """Sends a request, counted under a name."""
        headers = {"Content-Type": "application/json"}
        return self.client.post(request.target, data=request.body, headers=headers, name=name)

    def _datafiles(self) -> int:
        body = b'{"query":{},"dimensions":[{"dimension":"id","ranges":[{"key":"all","from":0}]}]}'
        target = f"{BASE}/Datafile/facet?maxResults=1&maxLabels=1"
        answer = self.post("how many datafiles", Request(target, body)).json()
        buckets = answer.get("aggregations", {}).get("id", {}).get("buckets", {})
        return int(buckets.get("all", {}).get("doc_count", 0))


class BrowsingUser(CatalogueUser):
    """Types words, narrows down, looks at facets."""

    weight = 6
    wait_time = between(0.5, 2)

    @task(6)
    def words(self) -> None:
        """A word or two."""
        self.ask(self.dice.choice(("text", "two words", "wildcard trailing")))

    @task(3)
    def narrowed(self) -> None:
        """Words and a filter."""
        self.ask(self.dice.choice(("filter value", "filter technique", "dates")))

    @task(2)
    def facets(self) -> None:
        """What the page beside the hits shows."""
        self.ask("facet 1000 ids")

    @task(2)
    def whole_page(self) -> None:
        """A page with all fields, as the catalogue asks for it."""
        self.ask(self.dice.choice(("page 1000 datafiles", "page 1000 investigations")))

    @task(1)
    def path(self) -> None:
        """A path, copied from somewhere."""
        self.ask(self.dice.choice(("path phrase", "path Windows")))


class OwnDataUser(CatalogueUser):
    """Looks at what they may see, latest first."""

    weight = 3
    wait_time = between(0.5, 2)

    @task(2)
    def latest(self) -> None:
        """All of it."""
        self.ask("own data by date")

    @task(1)
    def words(self) -> None:
        """A word in it."""
        self.ask("authorised")


class WildcardUser(CatalogueUser):
    """Remembers how names end."""

    weight = 1
    wait_time = between(1, 4)

    @task
    def ending(self) -> None:
        """A word without its beginning."""
        self.ask("wildcard leading")


class CatalogueServer(CatalogueUser):
    """Sends what changed, and a commit each five batches."""

    fixed_count = 1
    wait_time = constant_pacing(0.5)

    def on_start(self) -> None:
        """Makes the documents that will change."""
        super().on_start()
        self.documents = list(itertools.islice(datafiles(self.facility), 50 * BATCH))
        self.sent = 0

    @task
    def changes(self) -> None:
        """A batch of updates."""
        chosen = self.dice.sample(self.documents, min(BATCH, len(self.documents)))
        operations = ",".join(
            f'{{"update":{{"_index":"Datafile","_id":{_id(one)},"doc":{one}}}}}' for one in chosen
        )
        self.post("modify", Request(f"{BASE}/modify", f"[{operations}]".encode()))
        self.sent += 1
        if self.sent % 5 == 0:
            self.post("commit", Request(f"{BASE}/commit", b""))


def _id(document: str) -> str:
    return document[len('{"id":') : document.index(",")]
