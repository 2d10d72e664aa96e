import json
import time
from pathlib import Path

from load_tests.documents import Facility, scientists
from load_tests.profiles.truth import Truth, release, write_documents

FACILITY = Facility(3_000)
TRUTH = Truth(FACILITY)


def test_a_user_sees_what_they_take_part_in_and_a_scientist_their_instruments() -> None:
    one = FACILITY.investigation(1)
    assert all(1 in TRUTH.visible(user) for user in one.users)
    instrument, scientist = next(iter(scientists(FACILITY)))
    numbers = range(1, FACILITY.investigations + 1)
    of_instrument = {n for n in numbers if FACILITY.investigation(n).instrument == instrument}
    assert of_instrument <= TRUTH.visible(scientist)
    assert TRUTH.visible(10**6) == frozenset()


def test_what_was_released_is_public_and_something_is_not() -> None:
    assert 0 < len(TRUTH.public) < FACILITY.investigations
    now = 1_000 * time.time()
    assert all(release(FACILITY.investigation(number)) <= now for number in TRUTH.public)
    assert Truth(FACILITY, released=False).public == frozenset()


def test_the_file_of_documents_is_what_the_facility_says(tmp_path: Path) -> None:
    path = tmp_path / "facility.jsonl"
    write_documents(FACILITY, path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    by_entity = {line["entity"]: line["doc"] for line in lines}
    investigations = [line["doc"] for line in lines if line["entity"] == "Investigation"]
    assert investigations[4]["releaseDate"] == release(FACILITY.investigation(5))
    datafile = by_entity["Datafile"]
    assert datafile["location"] == TRUTH.file(3_000).path
    assert datafile["datafileFormat.name"] == TRUTH.file(3_000).format
