"""Words that were typed become words of the index, in each field as it holds them."""

import pytest

from analyzers.synonyms import Synonyms
from search_service.catalogue.entities import DATAFILE, DATASET, INVESTIGATION_USER, SAMPLE
from search_service.catalogue.model import Entity
from search_service.query.simplify import simplify
from search_service.query.text.analyse import MOST_PHRASES, Analysis, Analyst
from search_service.query.text.peer import PeerAnalyst
from search_service.query.text.syntax import parse
from search_service.query.tree import (
    ANY,
    ONE,
    Bool,
    Boost,
    Everything,
    Exact,
    ExactWildcard,
    Exists,
    Fuzzy,
    Nothing,
    Phrase,
    Query,
    SynonymGroup,
    Term,
    Wildcard,
    WordRange,
)

SYNONYMS = Synonyms.parse(
    """
    iron, Fe
    SAXS, small angle x-ray scattering
    typo => type
    """
)
ANALYSIS = Analysis(SYNONYMS)


def tree(
    text: str,
    entity: Entity = DATASET,
    analysis: Analysis = ANALYSIS,
    analyst: type[Analyst] = Analyst,
) -> Query:
    return simplify(analyst(entity, analysis).query(parse(text)))


def words(field: str, *found: str) -> tuple[Query, ...]:
    return tuple(Term(field, word) for word in found)


def sequence(field: str, *found: str) -> Phrase:
    return Phrase(field, tuple((at, word) for at, word in enumerate(found) if word))


def any_of(*queries: Query) -> Query:
    return Bool(should=queries)


SAXS = sequence("name", "small", "angl", "x", "rai", "scatter")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param("name:Scattering", Term("name", "scatter"), id="lower-case-and-stemmed"),
        pytest.param("name:user's", Term("name", "user"), id="possessive"),
        pytest.param("name:foo-bar", any_of(*words("name", "foo", "bar")), id="any-of-its-parts"),
        pytest.param('name:"foo-bar"', sequence("name", "foo", "bar"), id="quoted-all-in-order"),
        pytest.param('name:"scans"', Term("name", "scan"), id="a-phrase-of-one-word"),
        pytest.param('name:"a scan"', Term("name", "scan"), id="with-a-stop-word-before-it"),
        pytest.param(
            'name:"raw the scan"', sequence("name", "raw", "", "scan"), id="stop-words-keep-places"
        ),
        pytest.param('name:"raw scan"~2', Phrase("name", ((0, "raw"), (1, "scan")), 2), id="slop"),
        pytest.param("name:scan^2", Boost(Term("name", "scan"), 2), id="boost"),
        pytest.param("name:SC*N", Wildcard("name", ("sc", ANY, "n")), id="a-pattern-in-any-case"),
        pytest.param("name:scatterin?", Wildcard("name", ("scatterin", ONE)), id="is-not-stemmed"),
        pytest.param("name:*", Exists("name"), id="any-word"),
        pytest.param("name:[N TO O}", WordRange("name", "n", "o", True, False), id="range"),
        pytest.param("name:[* TO *]", Exists("name"), id="a-range-without-ends"),
        pytest.param("name:scan~1", Fuzzy("name", "scan", 1), id="fuzzy"),
        pytest.param(
            "name:Scattering~1",
            any_of(Fuzzy("name", "scattering", 1), Fuzzy("name", "scatter", 1)),
            id="fuzzy-also-as-it-is-indexed",
        ),
        pytest.param(
            "name:imaging~0", any_of(*words("name", "imaging", "imag")), id="fuzzy-without-edits"
        ),
        pytest.param(
            "name:x-rays~1",
            any_of(Term("name", "x"), Fuzzy("name", "rai", 1)),
            id="fuzzy-in-long-parts-only",
        ),
    ],
)
def test_a_text_field(text: str, query: Query) -> None:
    assert tree(text) == query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param("name:iron", SynonymGroup("name", ("iron", "fe")), id="one-word-for-one"),
        pytest.param("name:typo", SynonymGroup("name", ("type",)), id="in-one-direction"),
        pytest.param(
            "name:iron-foil",
            any_of(Term("name", "foil"), SynonymGroup("name", ("iron", "fe"))),
            id="of-a-part",
        ),
        pytest.param("name:SAXS", any_of(Term("name", "sax"), SAXS), id="an-abbreviation"),
        pytest.param(
            'name:"raw SAXS data"',
            any_of(
                sequence("name", "raw", "sax", "data"),
                sequence("name", "raw", "small", "angl", "x", "rai", "scatter", "data"),
            ),
            id="within-a-phrase",
        ),
        pytest.param(
            'name:"small angle x-ray scattering"',
            any_of(SAXS, Term("name", "sax")),
            id="a-phrase-for-an-abbreviation",
        ),
        pytest.param(
            "name:x-ray", any_of(*words("name", "x", "rai")), id="a-part-of-a-synonym-is-none"
        ),
        pytest.param("name:SAX*", Wildcard("name", ("sax", ANY)), id="a-pattern-has-none"),
    ],
)
def test_synonyms(text: str, query: Query) -> None:
    assert tree(text) == query


def test_each_unquoted_word_is_analysed_alone() -> None:
    alone = [tree(f"name:{word}") for word in ("small", "angle", "x-ray", "scattering")]
    assert tree("name:(small angle x-ray scattering)") == simplify(Bool(should=tuple(alone)))


def test_the_ways_to_say_a_phrase_are_bounded_and_hold_what_was_typed() -> None:
    metals = ["iron"] * 10
    text = f'name:"{" ".join(metals)}"'
    for analyst in (Analyst, PeerAnalyst):
        found = tree(text, analyst=analyst)
        assert isinstance(found, Bool)
        assert len(found.should) == MOST_PHRASES
        assert sequence("name", *metals) in found.should


def test_loosely_an_abbreviation_is_found_by_any_word_of_its_phrase() -> None:
    found = tree("name:SAXS", analyst=PeerAnalyst)
    assert found == any_of(*words("name", "sax", "small", "angl", "x", "rai", "scatter"))


def test_loosely_a_phrase_has_the_places_that_synonyms_are_spread_to() -> None:
    loose = tree('name:"SAXS data"', analyst=PeerAnalyst)
    assert loose == any_of(
        sequence("name", "sax", "angl", "x", "rai", "scatter", "data"),
        sequence("name", "small", "angl", "x", "rai", "scatter", "data"),
    )


# ── fields ────────────────────────────────────────────────────────────────────────────────────────


def test_a_word_without_a_field_is_looked_for_in_every_default_field() -> None:
    assert tree("scan") == any_of(*(Term(name, "scan") for name in DATASET.default_fields))


def test_a_required_word_may_be_in_any_field_and_the_next_in_another() -> None:
    fields = DATASET.default_fields
    assert tree("+raw +scan") == Bool(
        must=(
            any_of(*(Term(name, "raw") for name in fields)),
            any_of(*(Term(name, "scan") for name in fields)),
        )
    )


def test_any_word_of_any_default_field() -> None:
    assert tree("*") == any_of(*(Exists(name) for name in DATASET.default_fields))


def test_other_default_fields_can_be_given() -> None:
    fields = ("user.fullName",)
    found = Analyst(INVESTIGATION_USER, ANALYSIS, fields).query(parse("Byron"))
    assert found == Term("user.fullName", "byron")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param("Name:scan", Exact("Name", ("scan",)), id="names-mind-case"),
        pytest.param("fileSize:5", Nothing(), id="numbers-are-not-searched"),
        pytest.param("fileSize:[1 TO 5]", Nothing(), id="nor-by-range"),
        pytest.param("fileSize:*", Nothing(), id="nor-for-being-there"),
        pytest.param("title:scan", Nothing(), id="a-field-of-another-entity"),
        pytest.param("title:the", Nothing(), id="a-stop-word-in-it"),
        pytest.param("+title:the +name:scan", Term("name", "scan"), id="which-requires-nothing"),
        pytest.param(
            "investigation.title:Raw", Exact("investigation.title", ("Raw",)), id="whole-value"
        ),
        pytest.param(
            "investigation.title:R*", ExactWildcard("investigation.title", ("R", ANY)), id="pattern"
        ),
        pytest.param('beamline:"I 22"', Exact("beamline", ("I 22",)), id="undeclared-is-exact"),
        pytest.param("beamline:*", Exists("beamline"), id="undeclared-and-there"),
        pytest.param("beamline:I~1", Nothing(), id="undeclared-and-fuzzy"),
        pytest.param("*:*", Everything(), id="everything"),
    ],
)
def test_a_field_that_is_no_text(text: str, query: Query) -> None:
    assert tree(text) == query


# ── what vanishes ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param("name:the", Nothing(), id="alone-it-finds-nothing"),
        pytest.param('name:""', Nothing(), id="nor-does-an-empty-phrase"),
        pytest.param("+name:the +name:scan", Term("name", "scan"), id="it-requires-nothing"),
        pytest.param("name:the AND name:scan", Term("name", "scan"), id="nor-by-and"),
        pytest.param("+(name:the name:a) name:scan", Term("name", "scan"), id="nor-does-a-group"),
        pytest.param("-name:the name:scan", Term("name", "scan"), id="it-excludes-nothing"),
        pytest.param("name:the^4 name:scan", Term("name", "scan"), id="boosted-or-not"),
        pytest.param("name:of", Term("name", "of"), id="of-is-no-stop-word"),
        pytest.param("-name:scan", Nothing(), id="only-exclusions-find-nothing"),
        pytest.param("-name:scan -name:raw", Nothing(), id="however-many"),
        pytest.param("(-name:scan) name:raw", Term("name", "raw"), id="in-a-group-too"),
        pytest.param("+(-name:scan) name:raw", Nothing(), id="and-a-required-one-nothing-at-all"),
        pytest.param("+name:the -name:scan", Nothing(), id="nothing-is-left-but-an-exclusion"),
        pytest.param(
            "*:* -name:scan", Bool(must_not=words("name", "scan"), must=(Everything(),)), id="but"
        ),
    ],
)
def test_what_has_no_word_vanishes(text: str, query: Query) -> None:
    if text == "*:* -name:scan":
        query = Bool(should=(Everything(),), must_not=words("name", "scan"))
    assert tree(text) == query


def test_a_stop_word_may_be_a_directory_but_nobody_requires_it() -> None:
    found = tree("+the +name:scan", DATAFILE)
    assert found == Bool(
        must=(Term("name", "scan"),),
        should=(Term("location", "the"), Term("location.fileName", "the")),
    ) or found == Bool(
        must=(Term("name", "scan"),),
        should=(any_of(Term("location", "the"), Term("location.fileName", "the")),),
    )
    required = tree("+location:the +name:scan", DATAFILE)
    assert required == Bool(must=(Term("location", "the"), Term("name", "scan")))


# ── paths ─────────────────────────────────────────────────────────────────────────────────────────


DLS_I22 = words("location", "dls", "i22")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param("location:DLS", Term("location", "dls"), id="a-component-in-any-case"),
        pytest.param(
            "location:/dls/i22",
            any_of(*DLS_I22, sequence("location", "dls", "i22")),
            id="any-component-and-rather-all-in-order",
        ),
        pytest.param('location:"/dls/i22/"', sequence("location", "dls", "i22"), id="quoted"),
        pytest.param(
            r"location:C:\data", sequence("location", "c:", "data"), id="backslashes-as-if-quoted"
        ),
        pytest.param('location:"my scan-1.nxs"', Term("location", "my scan-1.nxs"), id="blanks"),
        pytest.param("location:*.NXS", Wildcard("location", (ANY, ".nxs")), id="pattern"),
        pytest.param(
            "location:/dls/i2?/*",
            Bool(must=(Term("location", "dls"), Wildcard("location", ("i2", ONE)))),
            id="a-pattern-of-components",
        ),
        pytest.param("location:/*", Exists("location"), id="any-component"),
        pytest.param("location:[I TO J]", WordRange("location", "i", "j"), id="range"),
        pytest.param("location:RUN~1", Fuzzy("location", "run", 1), id="fuzzy"),
        pytest.param("location:file:///dls", Term("location", "dls"), id="an-address"),
        pytest.param(
            "location.fileName:Scan_1.NXS",
            any_of(*words("location.fileName", "scan_1", "nxs")),
            id="parts-of-a-file-name",
        ),
        pytest.param(
            'location.fileName:"scan.nxs"',
            sequence("location.fileName", "scan", "nxs"),
            id="quoted-parts",
        ),
        pytest.param(
            "location.exact:/dls/I22", Term("location.exact", "/dls/I22"), id="exact-keeps-case"
        ),
        pytest.param("location.exact:/dls/", Term("location.exact", "/dls"), id="closing-slash"),
        pytest.param(
            r'location.exact:"C:\Data"', Term("location.exact", "C:\\Data"), id="exact-quoted"
        ),
        pytest.param(
            "location.exact:/DLS/*",
            Wildcard("location.exact", ("/DLS/", ANY)),
            id="an-exact-pattern-keeps-case",
        ),
    ],
)
def test_a_path(text: str, query: Query) -> None:
    if text.startswith("location:file://"):
        text = 'location:"file:///dls"'
    assert tree(text, DATAFILE) == query


def test_separators_are_a_setting() -> None:
    analysis = Analysis(SYNONYMS, separators=":")
    assert tree('location:"a:b/c"', DATAFILE, analysis) == sequence("location", "a", "b/c")


def test_an_address_is_found_by_what_it_addresses() -> None:
    assert tree("https://example.org", SAMPLE) == tree("example.org", SAMPLE)
