import json
import random
from urllib.parse import parse_qs, urlsplit

import pytest

from load_tests.documents import Facility
from load_tests.queries import DATAFILE_FIELDS, INVESTIGATION_FIELDS, SCALE_CLASSES, Class

FACILITY = Facility(2_000)
EACH = pytest.mark.parametrize("kind", SCALE_CLASSES, ids=lambda kind: kind.name)


@EACH
def test_a_request_is_a_search_or_a_facet_with_a_body_of_json(kind: Class) -> None:
    request = kind.draw(FACILITY, random.Random(1))
    parts = urlsplit(request.target)
    operation = parts.path.removeprefix("/icat.lucene/")
    assert operation in ("investigation", "dataset", "datafile", "Datafile/facet")
    assert int(parse_qs(parts.query)["maxResults"][0]) > 0
    assert set(json.loads(request.body)) <= {"query", "fields", "dimensions"}


@EACH
def test_requests_differ(kind: Class) -> None:
    dice = random.Random(1)
    drawn = [kind.draw(FACILITY, dice) for _ in range(50)]
    assert len(set(drawn)) > 40


@EACH
def test_the_same_dice_draw_the_same_requests(kind: Class) -> None:
    assert kind.draw(FACILITY, random.Random(3)) == kind.draw(FACILITY, random.Random(3))


def test_a_whole_page_has_the_fields_that_the_catalogue_asks_for() -> None:
    assert len(DATAFILE_FIELDS) == len(set(DATAFILE_FIELDS)) == 23
    assert len([field for field in DATAFILE_FIELDS if " " in field]) == 2
    assert len(INVESTIGATION_FIELDS) == len(set(INVESTIGATION_FIELDS)) == 23
    assert len([field for field in INVESTIGATION_FIELDS if " " in field]) == 8
