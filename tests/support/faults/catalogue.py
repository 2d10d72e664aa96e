"""A catalogue that sends changes to a service, and knows which of them were acknowledged."""

import random
import socket
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import orjson

from search_service.app import engine_by
from search_service.client.connection import reachable
from search_service.engines.base import Document
from search_service.errors import StorageFailed
from search_service.reindex.plan import Piece
from search_service.reindex.state import Checkpoint
from search_service.reindex.worker import Builder, Job
from search_service.settings.model import Settings
from tests.support.calling import BASE, Caller, Reply, create, delete, update
from tests.support.faults.expected import NAME_OF_DATASET, Expected, Operation
from tests.support.json_source import OpenJson

DATASETS = range(1, 13)
DATAFILES = range(1, 900)  # all of them are a page
WIDTH = 300  # ids of a shard
_SECONDS = 60.0
_MOST_REFUSALS = 20
FIELDS = ["id", "name", "description", "dataset.id", NAME_OF_DATASET]
SETTINGS: Mapping[str, object] = {
    "workers": 1,
    "shard_ids": WIDTH,
    "search_slices": 2,
    "writer_memory": 15,
    "journal_sync": "true",
}


class Gone(Exception):
    """No answer came: the service has ended, before the request or amid it."""


class Refused(Exception):
    """The service answered by an error."""


@dataclass(frozen=True)
class Request:
    """One that was sent and not answered. ``after``: what there is if it was done all the same."""

    kind: str
    after: Expected


class Catalogue:
    """For one thread; ``begun`` is set by a request of the kind that somebody waits for."""

    def __init__(self, data: Path, source: OpenJson, dice: random.Random) -> None:
        self.data = data
        self.dice = dice
        self.expected = Expected()
        self.unanswered: Request | None = None
        self.sent_again: str | None = None  # the kind of request that is, when it is refused
        self.refused: list[Reply] = []
        self.refusal: tuple[str, Reply] | None = None  # of a request that was not sent again
        self.is_on_full_disk = False  # then that ends what leads to it, and is no failure
        self.seconds: dict[str, float] = {}  # how long a request of a kind took
        self.begun = Event()
        self.awaited: str | None = None
        self._source = source
        self._caller = Caller("")
        self._host, self._port = "", 0

    def calls(self, url: str) -> Caller:
        """From now on, the service at this address."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._caller = Caller(url)
        return self._caller

    def take_refusal(self) -> tuple[str, Reply] | None:
        """That of a request that was not sent again, once."""
        refusal, self.refusal = self.refusal, None
        return refusal

    # ── changes ────────────────────────────────────────────────────────────────────────────────

    def modify(self, count: int) -> None:
        """So many operations of any kind, in one request."""
        operations = [self._operation() for _ in range(count)]
        self._modify(operations)

    def rename(self) -> None:
        """A dataset has another name, which its datafiles repeat."""
        id_ = self.dice.choice(DATASETS)
        operations = [update("Dataset", id_, self._name())]
        self._modify(operations)

    def commit(self) -> None:
        """What was acknowledged becomes visible."""
        self._ask("commit", self.expected, f"{BASE}commit")

    def fill(self) -> None:
        """All datasets and some datafiles, committed."""
        operations = [create("Dataset", id_, self._name()) for id_ in DATASETS]
        self._modify(operations)
        self.modify(400)
        self.commit()

    def clear(self) -> None:
        """Nothing is there any more."""
        self._ask("clear", self.expected.cleared(), f"{BASE}clear")
        self.expected = replace(self.expected, generation=self.status()["generation"])

    # ── populations ────────────────────────────────────────────────────────────────────────────

    def lock(self) -> None:
        """A population of datafiles begins."""
        self._ask("lock", self.expected, f"{BASE}lock/Datafile?delete=true")

    def add(self, documents: Sequence[Document]) -> None:
        """To the population that was begun."""
        self._ask("addNow", self.expected, f"{BASE}addNow/Datafile", documents)

    def unlock(self, documents: Mapping[int, Document]) -> None:
        """The population ends; it had these documents."""
        after = self.expected.populated("Datafile", documents)
        self._ask("unlock", after, f"{BASE}unlock/Datafile")

    def some_datafiles(self, count: int) -> dict[int, Document]:
        """Of the datasets as they are."""
        return {id_: self._datafile(id_) for id_ in sorted(self.dice.sample(DATAFILES, count))}

    # ── generations ────────────────────────────────────────────────────────────────────────────

    def begin(self) -> int:
        """A re-index of datafiles begins, from a database that has them with another text."""
        self.commit()  # what is not committed is repeated in the next generation, as it was sent
        anew = {
            id_: {**document, "description": self._name()}
            for id_, document in self.expected.documents["Datafile"].items()
        }
        self._source.write({"Datafile": anew})
        body = {"entities": ["Datafile"], "fit": asdict(self._engine().fit)}
        reply = self._control("begin", self.expected.begun(anew), body)
        return int(reply.content["answer"])

    def build(self, number: int) -> None:
        """The shards of the next generation, as workers of the command do it, among changes."""
        job = Job(self._source, self._engine(), number, 15_000_000)
        for low in range(0, max(DATAFILES) + 1, WIDTH):
            piece = Piece("Datafile", low, low + WIDTH, WIDTH)
            try:
                Builder(job, lambda message: None).build(Checkpoint(piece, piece.low, 0, False))
            except StorageFailed as error:
                self.refusal = "build", Reply(error.status, {"code": error.code})
                raise Refused(str(error)) from error
            self.modify(5)

    def hand_over(self, number: int) -> None:
        """It is searched from now on."""
        self._control("hand-over", self.expected.handed_over(number))

    def roll_back(self) -> None:
        """The generation before it is searched again."""
        number = max(self.expected.kept)
        self._control("roll-back", self.expected.rolled_back(number), {"number": number})

    def give_up(self) -> None:
        """There is no re-index any more."""
        self._control("cancel", self.expected.given_up())

    def drop_old(self) -> None:
        """Nor are there older generations."""
        self._control("drop-old", self.expected.dropped())

    def _engine(self) -> Any:
        settings = {name: value for name, value in SETTINGS.items() if name != "journal_sync"}
        return engine_by(Settings(data=self.data, **settings))  # type: ignore[arg-type]

    def _control(self, kind: str, after: Expected, body: object = None) -> Reply:
        """An operation for the owner of the directory."""
        return self._ask(kind, after, f"/control/{kind}", body, control=True)

    # ── questions ──────────────────────────────────────────────────────────────────────────────

    def search(self) -> None:
        """The first one after a commit deals the slices anew."""
        body = {"query": {}, "fields": FIELDS}
        self._ask("search", self.expected, f"{BASE}datafile?maxResults=1000", body)

    def found(self, entity: str) -> dict[int, Document]:
        """All that a search finds; fails when a document is there twice."""
        body = {"query": {}, "fields": FIELDS}
        reply = self._caller.ask(BASE + entity.lower(), body, {"maxResults": 1000})
        assert reply.status == 200, reply
        sources = [hit["_source"] for hit in reply.content["results"]]
        found = {source["id"]: source for source in sources}
        assert len(found) == len(sources), "a document is there twice"
        return found

    def found_by_name_of_dataset(self, name: str) -> set[int]:
        """The datafiles of the dataset with a name, looked for by the index."""
        body = {"query": {"text": f'{NAME_OF_DATASET}:"{name}"'}, "fields": ["id"]}
        reply = self._caller.ask(f"{BASE}datafile", body, {"maxResults": 1000})
        assert reply.status == 200, reply
        return {hit["_source"]["id"] for hit in reply.content["results"]}

    def status(self) -> Any:
        """What the service says of itself."""
        try:
            return self._caller.status()
        except (OSError, HTTPException) as error:
            raise Gone(str(error)) from error

    def note(self, kind: str) -> None:
        """Something of the kind is going on that is no request."""
        if kind == self.awaited:
            self.begun.set()

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _modify(self, operations: Sequence[Operation]) -> None:
        kind = "write" if self.expected.building is None else "write in a re-index"
        after = self.expected.modified(operations)
        self._ask(kind, after, f"{BASE}modify", operations)

    def _ask(
        self, kind: str, after: Expected, path: str, body: object = None, *, control: bool = False
    ) -> Reply:
        request = Request(kind, after)
        started = monotonic()
        try:
            with closing(self._connection(control=control)) as connection:
                connection.request("POST", path, _json(body), {"Content-Type": "application/json"})
                self.unanswered = request
                self.note(kind)
                response = connection.getresponse()
                content = response.read()
        except (OSError, HTTPException) as error:
            raise Gone(str(error)) from error
        self.unanswered = None
        reply = Reply(response.status, orjson.loads(content) if content else None)
        if reply.status >= 300:
            if kind != self.sent_again or len(self.refused) >= _MOST_REFUSALS:
                self.refusal = kind, reply
                raise Refused(f"{kind}: {reply}")
            self.refused.append(reply)
            return self._ask(kind, after, path, body, control=control)
        self.seconds[kind] = monotonic() - started
        self.expected = after
        return reply

    def _connection(self, *, control: bool) -> HTTPConnection:
        """To its port, or to the socket in its data directory."""
        if not control:
            return HTTPConnection(self._host, self._port, timeout=_SECONDS)
        connection = HTTPConnection("socket", timeout=_SECONDS)
        connection.sock = socket.socket(socket.AF_UNIX)
        try:
            with reachable(self.data) as path:
                connection.sock.connect(path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _operation(self) -> Operation:
        id_ = self.dice.choice(DATAFILES)
        match self.dice.randrange(10):
            case 0:
                return delete("Datafile", id_)
            case 1:
                # Later ones of the request repeat the name that it had before.
                return {"update": {"_index": "Datafile", "_id": id_, "doc": self._datafile(id_)}}
            case _:
                return {"create": {"_index": "Datafile", "_id": id_, "doc": self._datafile(id_)}}

    def _datafile(self, id_: int) -> Document:
        dataset = self.dice.choice(DATASETS)
        name = self.expected.documents["Dataset"][dataset]["name"]
        words = " ".join(f"{self.dice.getrandbits(20):x}" for _ in range(30))
        return {
            "id": id_,
            "name": self._name(),
            "description": words,
            "dataset.id": dataset,
            NAME_OF_DATASET: name,
        }

    def _name(self) -> str:
        return f"n{self.dice.getrandbits(40):x}"


def _json(value: object) -> bytes | None:
    return None if value is None else orjson.dumps(value)
