"""A catalogue server that tells what changed: new files, updates that change nothing, commits."""

import time
from collections import deque

from locust import task

from load_tests.documents import (
    FORMATS,
    QUANTITIES,
    Dataset,
    datafile_document,
    dataset_document,
)
from load_tests.profiles.caller import FIRST_NEW_ID, Caller
from load_tests.profiles.catalogue_questions import file_at, posted
from load_tests.profiles.kinds import COMMIT, COMMITTED, MODIFY, NO_OP

NEW_FILES = 20
CHANGED_FILES = 5
MOST_ALIVE = 4_000
"""New files beyond it are deleted again, so that an index keeps its size however long it takes."""
COMMIT_SECONDS = 5.0
IDS_OF_A_CALLER = 1_000_000


class LiveChanges(Caller):
    """Two batches a second and a commit each five seconds, as while experiments run."""

    pause = (0.4, 0.6)

    def come(self) -> None:
        """Has made nothing yet."""
        self.next_id = FIRST_NEW_ID + self.number * IDS_OF_A_CALLER
        self.alive: deque[tuple[int, Dataset]] = deque()
        self.committed = time.monotonic()

    @task(4)
    def new_files(self) -> None:
        """Files of one dataset, and what they belong to, in which nothing changed."""
        number = 1 + self.dice.randrange(self.facility.datasets)
        dataset = self.facility.dataset(number)
        made = [(self.next_id + n, dataset) for n in range(NEW_FILES)]
        self.next_id += NEW_FILES
        operations = [self._put("create", id_, dataset) for id_, dataset in made]
        operations += self._unchanged(number, dataset)
        changed = self.dice.sample(self.alive, min(CHANGED_FILES, len(self.alive)))
        operations += [self._put("update", id_, of) for id_, of in changed]
        gone = [self.alive.popleft() for _ in range(len(self.alive) + NEW_FILES - MOST_ALIVE)]
        operations += [f'{{"delete":{{"_index":"Datafile","_id":{id_}}}}}' for id_, _ in gone]
        if self.ask(*posted("modify", _batch(operations), MODIFY)) is not None:
            self.alive += made
        self._commit_in_time()

    @task(1)
    def nothing_changed(self) -> None:
        """Updates that change nothing, as come with every new file."""
        number = 1 + self.dice.randrange(self.facility.datasets)
        operations = self._unchanged(number, self.facility.dataset(number))
        self.ask(*posted("modify", _batch(operations), NO_OP))
        self._commit_in_time()

    def _commit_in_time(self) -> None:
        if time.monotonic() - self.committed < COMMIT_SECONDS:
            return
        self.committed = time.monotonic()
        if self.ask(*posted("commit", b"", COMMIT)) is not None and self.alive:
            id_, dataset = self.alive[-1]
            path = f"{dataset.directory}{dataset.separator}{_name(id_)}"
            if dataset.separator == "/":
                self.ask(*file_at(COMMITTED, path, id_))

    def _put(self, operation: str, id_: int, dataset: Dataset) -> str:
        size = 1 << self.dice.randrange(10, 30)
        document = datafile_document(
            self.facility, dataset, id_, _name(id_), dataset.start + id_ % 1_000, size
        )
        return f'{{"{operation}":{{"_index":"Datafile","_id":{id_},"doc":{document}}}}}'

    def _unchanged(self, number: int, dataset: Dataset) -> list[str]:
        name, units, *_ = kind = self.dice.choice(QUANTITIES)
        of_type = 1 + QUANTITIES.index(kind)
        of_format = dataset.format + 1
        documents = (
            ("Dataset", number, dataset_document(self.facility, number)),
            (
                "DatafileFormat",
                of_format,
                f'{{"datafileFormat.id":{of_format},"datafileFormat.name":"{FORMATS[dataset.format]}"}}',
            ),
            (
                "ParameterType",
                of_type,
                f'{{"type.id":{of_type},"type.name":"{name}","type.units":"{units}"}}',
            ),
        )
        return [
            f'{{"update":{{"_index":"{entity}","_id":{id_},"doc":{document}}}}}'
            for entity, id_, document in documents
        ]


def _name(id_: int) -> str:
    return f"live_{id_}.nxs"


def _batch(operations: list[str]) -> bytes:
    return f"[{','.join(operations)}]".encode()
