"""What a viewer may see, worked out in plain Python over the documents: nothing of the service's.

Each investigation has a word of its own, which its datasets and files have too, and some words that
many have. So which documents a word finds is known without any index, and the word of a hidden
investigation must never be told.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
Documents = Mapping[str, Mapping[int, Document]]

TEXT_OF = {"Investigation": "summary", "Dataset": "description", "Datafile": "description"}
DAY = 86_400_000
NOW = 1_000 * DAY
"""The clock of the service under test, in epoch milliseconds."""


@dataclass(frozen=True)
class Viewer:
    """Whose rights hold: of a user, of everybody, or both."""

    user: str | None
    public: bool

    @property
    def asked(self) -> dict[str, Any]:
        """As a request says it."""
        user = {} if self.user is None else {"user": self.user}
        return {**user, **({"public": True} if self.public else {})}


def made_up_words(count: int) -> list[str]:
    """Words of no language, none of which could be another one misspelled."""
    chance = random.Random(7)
    found: list[str] = []
    while len(found) < count:
        syllables = [chance.choice("bdfgkmprtvz") + chance.choice("aou") for _ in range(5)]
        word = "".join(syllables) + "x"
        if all(edits(word, other) > FARTHEST for other in found):
            found.append(word)
    return found


FARTHEST = 4
"""Edits of a word that is corrected, and two more."""


def edits(one: str, other: str) -> int:
    """How many letters are to be put in, left out or replaced."""
    row: list[int] = [*range(len(other) + 1)]
    for place, letter in enumerate(one, 1):
        before, row = row, [place]
        for at, wanted in enumerate(other):
            row.append(min(before[at] + (letter != wanted), before[at + 1] + 1, row[at] + 1))
    return row[-1]


class Oracle:
    """The documents with their words, who may see them, and when they are released."""

    def __init__(self, documents: Documents, seed: int) -> None:
        """The documents are given their words."""
        chance = random.Random(seed)
        investigations = sorted(documents["Investigation"])
        words = made_up_words(len(investigations) + 6)
        self.own_word = dict(zip(investigations, words, strict=False))
        self.shared_words = words[len(investigations) :]
        self.released = {
            id_: NOW + chance.choice([-500, -1, 0, 1, 500]) * DAY
            for id_ in investigations
            if chance.random() < 0.6
        }
        self.documents = {
            entity: {
                id_: self._with_words(chance, entity, document) for id_, document in of_it.items()
            }
            for entity, of_it in documents.items()
        }

    def _with_words(self, chance: random.Random, entity: str, document: Document) -> Document:
        if entity not in TEXT_OF:
            return document
        some = [word for word in self.shared_words if chance.random() < 0.3]
        field = TEXT_OF[entity]
        own = self.own_word[_investigation_of(entity, document)]
        return {**document, field: " ".join([str(document[field]), own, *some])}

    def investigations(self, viewer: Viewer, now: int = NOW) -> set[int]:
        """Those that the viewer may see."""
        seen = {id_ for id_, at in self.released.items() if viewer.public and at <= now}
        if viewer.user is None:
            return seen
        instruments = self._values("InstrumentScientist", viewer.user, "instrument.id")
        seen |= self._values("InvestigationUser", viewer.user, "investigation.id")
        return seen | {
            document["investigation.id"]
            for document in self.documents["InvestigationInstrument"].values()
            if document["instrument.id"] in instruments
        }

    def _values(self, entity: str, user: str, field: str) -> set[int]:
        documents = self.documents[entity].values()
        return {found[field] for found in documents if found["user.name"] == user}

    def seen(self, entity: str, viewer: Viewer) -> dict[int, Document]:
        """The documents of an entity that the viewer may see."""
        of_it = self.documents[entity]
        allowed = self.investigations(viewer)
        if entity in ("DatasetTechnique", "DatasetParameter"):
            datasets = self.seen("Dataset", viewer)
            return {id_: found for id_, found in of_it.items() if found["dataset.id"] in datasets}
        return {
            id_: found
            for id_, found in of_it.items()
            if _investigation_of(entity, found) in allowed
        }

    def found(self, entity: str, word: str, viewer: Viewer) -> dict[int, Document]:
        """Those of them that have the word."""
        field = TEXT_OF[entity]
        seen = self.seen(entity, viewer).items()
        return {id_: document for id_, document in seen if word in document[field].split()}

    def secrets(self, viewer: Viewer) -> set[str]:
        """Words that the viewer must not be told."""
        seen = self.investigations(viewer)
        return {word for id_, word in self.own_word.items() if id_ not in seen}


def _investigation_of(entity: str, document: Document) -> int:
    found: int = document["id" if entity == "Investigation" else "investigation.id"]
    return found


def counted(documents: Iterable[Document], field: str) -> dict[str, int]:
    """How many documents have which value."""
    return dict(Counter(document[field] for document in documents if field in document))


def in_order(documents: Mapping[int, Document], field: str, *, descending: bool) -> list[int]:
    """The ids as they are sorted: equal values by id."""
    by_id = sorted(documents)
    return sorted(by_id, key=lambda id_: documents[id_][field], reverse=descending)
