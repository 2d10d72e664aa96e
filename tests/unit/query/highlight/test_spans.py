"""What a query found is marked where it stands: whole words, whatever form they have."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.catalogue import lookup
from search_service.errors import BadRequest, UnreadableText
from search_service.query.highlight.spans import LONGEST, Marker
from search_service.query.text.analyse import Analysis, Analyst
from search_service.query.text.matching import PeopleReading
from search_service.query.text.peer import PeerAnalyst
from search_service.query.text.syntax import parse
from tests.support.texts import any_text

ANALYSIS = Analysis()
PEOPLE = PeopleReading(ANALYSIS)


def marked(
    text: str, entity: str, document: dict[str, Any], analyst: type[Analyst] = PeerAnalyst
) -> dict[str, list[str]]:
    declared = lookup.entity(entity)
    marker = Marker(analyst(declared, ANALYSIS).query(parse(text)), declared, ANALYSIS)
    return {
        name: [document[name][start:end] for start, end in spans]
        for name, spans in marker.marks(document).items()
    }


@pytest.mark.parametrize("analyst", [PeerAnalyst, Analyst], ids=["as-the-peer", "strict"])
@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        pytest.param(
            "scatters", "Scattering scattered light", ["Scattering", "scattered"], id="stem"
        ),
        pytest.param("iron", "Fe and iron oxide", ["Fe", "iron"], id="synonym"),
        pytest.param("user", "The user's notes", ["user's"], id="possessive"),
        pytest.param("the of", "the lot of it", ["of"], id="no-stop-words"),
        pytest.param('"light red"', "red light, light red", ["light", "red"], id="phrase"),
        pytest.param('"red of light"', "red light", [], id="phrase-with-a-gap"),
        pytest.param('"light red"~4', "light is very red", ["light", "red"], id="near"),
        pytest.param("scat* ?ron", "Scattering of iron", ["Scattering", "iron"], id="wildcards"),
        pytest.param("silcon~1", "silicon", ["silicon"], id="nearly-so"),
        pytest.param("title:[a TO c]", "alpha beta gamma", ["alpha", "beta"], id="range"),
        pytest.param("name:scan", "scan", [], id="another-field"),
        pytest.param("red -light", "red light", ["red"], id="what-is-excluded"),
        pytest.param("+red^3 AND (blue OR light)", "red light", ["red", "light"], id="groups"),
        pytest.param("röntgen", "RÖNTGEN 東京", ["RÖNTGEN"], id="not-ascii"),
        pytest.param("*", "anything", [], id="everything"),
    ],
)
def test_words_of_a_text(
    text: str, title: str, expected: list[str], analyst: type[Analyst]
) -> None:
    found = marked(text, "Investigation", {"title": title}, analyst)
    assert found == ({"title": expected} if expected else {})


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        pytest.param("fluorescence", "XRF of glass", ["XRF"], id="said-shorter"),
        pytest.param("scattering", "small angle scattering", ["scattering"], id="said-itself"),
    ],
)
def test_a_word_of_a_synonym_of_several(text: str, title: str, expected: list[str]) -> None:
    assert marked(text, "Investigation", {"title": title}) == {"title": expected}


@pytest.mark.parametrize(
    ("text", "location", "expected"),
    [
        ("/dls/i22", "/dls/i22/data/scan_5.nxs", ["dls", "i22"]),
        ("nxs", "/dls/nxs/scan_5.nxs", ["nxs", "nxs"]),
        ("SCAN_5.nxs", "/dls/scan_5.nxs", ["scan_5.nxs"]),
        (r"C:\Data", r"C:\data\run 1\x.dat", ["C:", "data"]),
        ("location:run*", r"C:\data\run 1\x.dat", ["run 1"]),
        ("location.exact:/dls/i22", "/dls/i22/x.nxs", ["/dls/i22"]),
        ('"i22/data"', "/dls/i22/data/x", ["i22", "data"]),
    ],
)
def test_components_of_a_path(text: str, location: str, expected: list[str]) -> None:
    assert marked(text, "Datafile", {"location": location}) == {"location": expected}


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("4411", "XB07_004411_absorption.nxs", ["004411"]),
        ("xb07", "XB07_004411_absorption.nxs", ["XB07"]),
        ("XB07_004411", "XB07_004411_absorption.nxs", ["XB07_004411"]),
        ("absorption", "XB07_004411_absorption.nxs", ["absorption"]),
        ("*.nxs", "XB07_004411_absorption.nxs", ["nxs"]),
        ("*bsorp*", "XB07_004411_absorption.nxs", ["absorption"]),
        ("bjorn", "scan of Björn", ["Björn"]),
        ("microstructure", "the micro-structure of steel", ["micro-structure"]),
        ("scan", "myScanFile.dat", ["Scan"]),
        ("alpha", "the α phase", ["α"]),
        ("absorptoin~1", "XB07_absorption.nxs", ["absorption"]),
        ("nothing", "XB07_absorption.nxs", []),
    ],
)
def test_parts_of_a_name_as_people_mean_them(text: str, name: str, expected: list[str]) -> None:
    declared = lookup.entity("Datafile")
    query = PEOPLE.query(text, declared)
    found = Marker(query, declared, ANALYSIS).marks({"name": name})
    spans = found.get("name", [])
    assert [name[start:end] for start, end in spans] == expected


@given(any_text(), any_text(), st.booleans())
def test_any_text_in_any_value_is_marked_within_it(text: str, value: str, loose: bool) -> None:
    declared = lookup.entity("Datafile")
    try:
        query = (PeerAnalyst if loose else Analyst)(declared, ANALYSIS).query(parse(text))
    except UnreadableText:
        return
    assert_marked_within(Marker(query, declared, ANALYSIS), value)


@given(any_text(), any_text())
def test_any_text_as_people_mean_it_is_marked_within_a_value(text: str, value: str) -> None:
    declared = lookup.entity("Datafile")
    try:
        query = PEOPLE.query(text, declared)
    except BadRequest:
        return
    assert_marked_within(Marker(query, declared, ANALYSIS), value)


def assert_marked_within(marker: Marker, value: str) -> None:
    document: dict[str, object] = {"name": value, "location": value, "description": value}
    for name, spans in marker.marks(document).items():
        assert name in document
        assert all(0 <= start < end <= len(value) for start, end in spans)
        assert all(one[1] <= two[0] for one, two in pairwise(spans))


def test_a_phrase_of_words_anywhere_near_marks_each_word_once() -> None:
    title = "light " * 20_000
    spans = marked('"light light"~1000000', "Investigation", {"title": title})["title"]
    assert len(spans) == LONGEST // len("light ")


def test_of_a_value_of_any_length_the_beginning_is_marked() -> None:
    title = "light " + "a" * (2 * LONGEST) + " light"
    assert marked("light", "Investigation", {"title": title}) == {"title": ["light"]}
