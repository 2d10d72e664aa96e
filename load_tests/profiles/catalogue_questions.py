"""Questions that a catalogue server sends to `/icat.lucene` for its users, each with its check."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from load_tests.client import Answer
from load_tests.documents import Facility
from load_tests.profiles.checks import Check, counted_results, labels, nothing, results
from load_tests.profiles.kinds import (
    KNOWN_FILE,
    OWN_DATA,
    OWN_WORDS,
    PAGE_FACETS,
    PATH,
    WHOLE_PAGE,
    WILDCARD,
    WORDS,
    Kind,
)
from load_tests.profiles.truth import Truth
from load_tests.queries import (
    BASE,
    PLAIN_FIELDS,
    SCALE_CLASSES,
    Request,
    dataset_with,
    facet,
    frequent,
    search,
)

DRAW: Mapping[str, Callable[[Facility, random.Random], Request]] = {
    kind.name: kind.draw for kind in SCALE_CLASSES
}
OWN_FIELDS = [*PLAIN_FIELDS, "investigation.id"]
WHOLE = 1_000
FILES_OF_A_DATASET = 50
FORMAT = "datafileFormat.name"
_MOST = re.compile(r"maxResults=(\d+)")
_AFTER = b'"search_after":'

Asked = tuple[Kind, Request, Check]


def own_data(truth: Truth, dice: random.Random) -> Asked:
    """What somebody may see, latest first."""
    name, check = _viewer(truth, dice)
    request = search("datafile", {"user": name}, OWN_FIELDS, sort={"date": "desc"})
    return OWN_DATA, request, check


def own_words(truth: Truth, dice: random.Random) -> Asked:
    """A word in what somebody may see."""
    name, check = _viewer(truth, dice)
    query = {"text": frequent(truth.facility, dice), "user": name}
    return OWN_WORDS, search("datafile", query, OWN_FIELDS), check


def words(truth: Truth, dice: random.Random) -> Asked:
    """Words, often narrowed by a value, a technique, a parameter or dates."""
    return _drawn(
        WORDS,
        "text|two words|three words|filter value|filter technique|filter parameter|dates",
        truth,
        dice,
    )


def path(truth: Truth, dice: random.Random) -> Asked:
    """A path, copied from somewhere, or a part of one."""
    return _drawn(
        PATH, "path phrase|path exact|path Windows|visit|extension|run number", truth, dice
    )


def known_file(truth: Truth, dice: random.Random) -> Asked:
    """The path of one file, which has to come up, alone."""
    number = dice.choice(dataset_with(truth.facility, dice, "/").files)
    return file_at(KNOWN_FILE, truth.file(number).path, number)


def file_at(kind: Kind, location: str, number: int) -> Asked:
    """The path of a file with this id."""
    request = search("datafile", {"text": f'location.exact:"{location}"'}, hits=10)
    return kind, request, results(10, ids=[number])


def wildcard(truth: Truth, dice: random.Random) -> Asked:
    """A word without its end, seldom without its beginning."""
    return _drawn(WILDCARD, "wildcard trailing|wildcard trailing|wildcard leading", truth, dice)


def whole_page(truth: Truth, dice: random.Random) -> Asked:
    """Hits of a user's search as the catalogue asks for them: 1,000, with every field."""
    drawn = DRAW[dice.choice(("page 1000 datafiles", "page 1000 investigations"))]
    request = drawn(truth.facility, dice)
    if dice.random() < 0.4:
        sort = quote(json.dumps({dice.choice(("date", "name")): "asc"}))
        request = Request(f"{request.target}&sort={sort}", request.body)
    return WHOLE_PAGE, request, counted_results(WHOLE)


def page_after(request: Request, answer: Answer) -> Request | None:
    """The request for the page that follows, if there may be one."""
    at = answer.body.rfind(_AFTER)
    if at < 0:
        return None
    after = quote(answer.body[at + len(_AFTER) :].strip()[:-1])
    target = re.sub(r"&search_after=[^&]*", "", request.target)
    return Request(f"{target}&search_after={after}", request.body)


def page_facets(truth: Truth, dice: random.Random) -> Asked:
    """Facets of a page's hits, by their ids; the counts are known."""
    ids: list[int] = []
    counts: Counter[str] = Counter()
    for _ in range(WHOLE):
        dataset = truth.facility.dataset(1 + dice.randrange(truth.facility.datasets))
        some = dataset.files[:FILES_OF_A_DATASET]
        if len(ids) + len(some) > WHOLE or some[0] in ids:
            break
        ids += some
        counts[truth.file(some[0]).format] += len(some)
    request = facet("Datafile", {"id": ids}, [FORMAT], WHOLE)
    return PAGE_FACETS, request, labels(FORMAT, counts)


def posted(operation: str, body: bytes, kind: Kind) -> Asked:
    """An operation without an answer."""
    return kind, Request(f"{BASE}/{operation}", body), nothing


def _viewer(truth: Truth, dice: random.Random) -> tuple[str, Check]:
    # People with many investigations come more often.
    number = 1 + int(truth.facility.users * dice.random() ** 2)
    return truth.facility.user_name(number), results(100, within=truth.visible(number))


def _drawn(kind: Kind, names: str, truth: Truth, dice: random.Random) -> Asked:
    request: Any = DRAW[dice.choice(names.split("|"))](truth.facility, dice)
    most = _MOST.search(request.target)
    return kind, request, results(int(most[1]) if most else 0)
