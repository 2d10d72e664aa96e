"""What front ends are told by any engine, and what they are not: whose rights hold decides."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers import words
from search_service.catalogue import lookup
from search_service.catalogue.lookup import rights_field
from search_service.errors import BadRequest, CursorRefused
from search_service.service.searching.find import BOUND
from tests.support.facility import HIGHEST_ID, USERS, made_up
from tests.support.front_ends import SAMPLES, Documents, FrontEnd, facility
from tests.support.over import CLUSTER, THREE_SHARDS, over
from tests.support.questions import sorts

ADA: dict[str, Any] = {"user": "ada"}
ZOE: dict[str, Any] = {"user": "zoe"}
PUBLIC: dict[str, Any] = {"public": True}
BOTH: dict[str, Any] = {"user": "ada", "public": True}
ENTITIES = ("investigation", "dataset", "datafile")


@pytest.fixture(scope="module", params=[False, True], ids=["peer", "people"])
def people(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(
    scope="module", params=[pytest.param(4, id="shards"), pytest.param(None, id="dicts"), CLUSTER]
)
def front_end(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, people: bool
) -> FrontEnd:
    directory = tmp_path_factory.mktemp("front")
    return FrontEnd.over(directory, facility(), over(request, request.param), people=people)


def suggested(front_end: FrontEnd, entity: str, prefix: str, **who: Any) -> set[str]:
    who = {key: str(value).lower() for key, value in who.items()}
    return {text for _, text in front_end.suggest(entity, prefix, **who)}


# ── rights ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "investigations"),
    [
        pytest.param(ADA, [1], id="a-user"),
        pytest.param(ZOE, [2], id="another-user"),
        pytest.param(PUBLIC, [3], id="everybody"),
        pytest.param(BOTH, [1, 3], id="a-user-and-everybody"),
        pytest.param({"user": "nobody"}, [], id="a-user-who-is-not-known"),
    ],
)
def test_hits_are_of_investigations_that_are_seen(
    front_end: FrontEnd, who: dict[str, Any], investigations: list[int]
) -> None:
    assert front_end.ids("investigation", **who) == investigations
    for entity in ("dataset", "datafile"):
        page = front_end.search(entity, **who, limit=100)
        assert {hit["document"]["investigation.id"] for hit in page["hits"]} == {*investigations}
        assert page["count"] == {"value": len(page["hits"]), "exact": True}


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize(
    "prefix", ["s", "sec", "secretiu", "un", "unobtainium", "vis2", "mu", "INV2", "set_2"]
)
def test_nothing_is_suggested_that_only_a_hidden_document_has(
    front_end: FrontEnd, entity: str, prefix: str
) -> None:
    hidden = ("secretium", "unobtainium", "vis2", "muon", "inv2", "set_2")
    for who in (ADA, PUBLIC, BOTH):
        for text in suggested(front_end, entity, prefix, **who):
            assert not text.lower().startswith(hidden)


@pytest.mark.parametrize(
    ("entity", "prefix", "expected"),
    [
        ("investigation", "sec", "secretium"),
        ("investigation", "unob", "unobtainium"),
        ("investigation", "vis", "vis2-1"),
        ("investigation", "MUO", "muon spectroscopy"),
        ("investigation", "inv", "INV2"),
        ("dataset", "set_", "set_2_4"),
        ("dataset", "secr", "secretium"),
        ("datafile", "unobtainium_1", "unobtainium_12.nxs"),
        ("datafile", "UNOBTAINIUM_1", "unobtainium_12.nxs"),
        ("datafile", "spectr", "muon spectroscopy"),
    ],
)
def test_who_sees_it_gets_it_suggested(
    front_end: FrontEnd, entity: str, prefix: str, expected: str
) -> None:
    assert expected in suggested(front_end, entity, prefix, **ZOE)


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("who", [ADA, PUBLIC, BOTH])
def test_facets_count_what_is_seen(front_end: FrontEnd, entity: str, who: dict[str, Any]) -> None:
    facets = [{"dimension": "technique.name", "entity": "DatasetTechnique"}]
    if entity != "datafile":
        facets.append({"dimension": "type.name"})
    page = front_end.search(entity, **who, facets=facets)
    labels = {bucket["label"] for facet in page["facets"] for bucket in facet["buckets"]}
    assert labels
    assert labels.isdisjoint({"proprietary", "hidden", "muon spectroscopy"})


@pytest.mark.parametrize("who", [ADA, PUBLIC, BOTH])
def test_a_hidden_word_is_neither_found_nor_counted_nor_meant(
    front_end: FrontEnd, who: dict[str, Any]
) -> None:
    for text in ("secretium", "secretum", "sekretium", "secret*", "+secretium silicon"):
        page = front_end.search("investigation", **who, text=text)
        assert "ecretium" not in str([hit["document"] for hit in page["hits"]])
        assert page["did_you_mean"] is None
        assert page["count"]["value"] == len(page["hits"])
    found = front_end.search("investigation", **ZOE, text="secretum")
    assert found["did_you_mean"] == "secretium"


@pytest.mark.parametrize("people", [True], indirect=True, ids=["people"])
def test_a_text_is_read_with_other_letters_when_nothing_that_is_seen_has_its_own(
    front_end: FrontEnd,
) -> None:
    documents = {"text": "secretum", "facets": [{"dimension": "type.name"}]}
    hidden = front_end.search("dataset", **BOTH, **documents)
    assert (hidden["hits"], hidden["count"]["value"]) == ([], 0)
    assert hidden["facets"][0]["buckets"] == []
    found = front_end.search("dataset", **ZOE, **documents)
    assert [hit["id"] for hit in found["hits"]] == [4, 5]
    assert found["facets"][0]["buckets"] == [{"label": "hidden", "count": 2}]
    assert {"text": "secretium", "match": True} in found["hits"][0]["highlights"]["description"]
    assert list(front_end.pages("dataset", **ZOE, text="secretum", limit=1)) == [[4], [5], []]


def test_what_becomes_visible_is_told_at_once(tmp_path: Path) -> None:
    documents = facility()
    before = FrontEnd.over_shards(tmp_path / "before", documents)
    documents["InvestigationUser"][7] = {"id": 7, "investigation.id": 2, "user.name": "ada"}
    after = FrontEnd.over_shards(tmp_path / "after", documents)
    assert "secretium" not in suggested(before, "investigation", "secr", **ADA)
    assert "secretium" in suggested(after, "investigation", "secr", **ADA)


def test_who_sees_very_much_sees_the_same(tmp_path: Path) -> None:
    """Beyond some hundred investigations what is seen is no condition any more."""
    documents = facility()
    for id_ in range(1_000, 1_400):
        documents["Investigation"][id_] = {"id": id_, "name": f"X{id_}", "title": "filler"}
        documents["InvestigationUser"][id_] = {
            "id": id_,
            "investigation.id": id_,
            "user.name": "ada",
        }
    many = FrontEnd.over_shards(tmp_path, documents, width=1_000)
    for entity in ENTITIES:
        assert suggested(many, entity, "secr", **ADA) == set()
        assert suggested(many, entity, "unobtainium", **ADA) == set()
        assert suggested(many, entity, "muon", **ADA) == set()
        assert "small angle scattering" in suggested(many, entity, "scatterin", **ADA)
        assert SAMPLES[1] in suggested(many, entity, "wafe", **ADA)
    assert "silicon_6.nxs" in suggested(many, "datafile", "silicon_6", **ADA)
    assert "filler" in suggested(many, "investigation", "fil", **ADA)


# ── suggestions ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        pytest.param("scatterin", ("word", "scattering"), id="longer-than-the-stem"),
        pytest.param("SCAT", ("word", "scattering"), id="capitals"),
        pytest.param("silicon waf", ("word", "silicon wafers"), id="the-last-of-several-words"),
        pytest.param("silicon waf", ("sample", "silicon wafer"), id="a-value-of-several-words"),
        pytest.param("wafer silic", ("sample", "silicon wafer"), id="in-another-order"),
        pytest.param("inv", ("name", "INV1"), id="a-name-in-other-case"),
        pytest.param("vis1-", ("visitId", "vis1-1"), id="up-to-a-hyphen"),
        pytest.param("angle sc", ("technique", "small angle scattering"), id="a-technique"),
    ],
)
def test_what_is_typed_is_completed(
    front_end: FrontEnd, prefix: str, expected: tuple[str, str]
) -> None:
    assert expected in front_end.suggest("investigation", prefix, user="ada")


@pytest.mark.parametrize(
    "prefix", ["zzz", "the", "---", "*", '"', "\\", "a OR", "(", "ünïcode", "🦴"]
)
def test_any_prefix_is_answered(front_end: FrontEnd, prefix: str) -> None:
    for entity in ENTITIES:
        front_end.suggest(entity, prefix, public="true")


def test_a_query_string_that_is_no_text_is_refused(front_end: FrontEnd) -> None:
    with pytest.raises(BadRequest, match="UTF-8"):
        front_end.ask("entity=dataset&user=ada&prefix=%ff")


def test_blanks_before_what_is_typed_do_not_count(front_end: FrontEnd) -> None:
    assert front_end.suggest("dataset", "  set_1", user="ada") == front_end.suggest(
        "dataset", "set_1", user="ada"
    )


def test_each_kind_has_its_turn_and_there_are_no_more_than_asked_for(front_end: FrontEnd) -> None:
    all_ = front_end.suggest("datafile", "s", user="ada", limit=50)
    some = front_end.suggest("datafile", "s", user="ada", limit=3)
    assert some == all_[:3]
    assert len({kind for kind, _ in some}) == 3
    assert len({text.lower() for kind, text in all_ if kind == "word"}) == sum(
        kind == "word" for kind, _ in all_
    )


# ── hits ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_found_is_marked_in_pieces(front_end: FrontEnd) -> None:
    page = front_end.search("investigation", **ADA, text="scatters Si", fields=["name"])
    (hit,) = page["hits"]
    assert hit["document"] == {"name": "INV1"}
    assert hit["highlights"] == {
        "title": [
            {"text": "Neutron "},
            {"text": "scattering", "match": True},
            {"text": " of "},
            {"text": "silicon", "match": True},
            {"text": " wafers at low temperature"},
        ]
    }
    assert "highlights" not in front_end.search("investigation", **ADA)["hits"][0]
    plain = front_end.search("investigation", **ADA, text="silicon", highlight=False)
    assert "highlights" not in plain["hits"][0]


def test_a_document_may_have_what_joins_to_it(front_end: FrontEnd) -> None:
    page = front_end.search(
        "dataset", **ADA, fields=["id", "DatasetTechnique technique.name"], limit=1
    )
    (hit,) = page["hits"]
    assert hit["document"] == {"id": 2}
    assert hit["joined"] == {"datasettechnique": [{"technique.name": "small angle scattering"}]}


def test_counts_may_be_left_out_or_exact(front_end: FrontEnd) -> None:
    assert "count" not in front_end.search("datafile", **ADA, count="none")
    page = front_end.search("datafile", **ADA, count="exact", limit=1)
    assert page["count"] == {"value": 6, "exact": True}


def test_very_many_hits_are_counted_up_to_a_bound(tmp_path: Path) -> None:
    documents = facility()
    documents["Datafile"] |= {
        id_: {"id": id_, "investigation.id": 1} for id_ in range(100, 100 + BOUND)
    }
    many = FrontEnd.over_shards(tmp_path, documents, width=4_000)
    bounded = many.search("datafile", **ADA, limit=1)
    assert bounded["count"] == {"value": BOUND, "exact": False}
    exact = many.search("datafile", **ADA, limit=1, count="exact")
    assert exact["count"] == {"value": BOUND + 6, "exact": True}
    fewer = many.search("datafile", **ADA, limit=1, filter={"datafile.id": {"from": 110}})
    assert fewer["count"] == {"value": BOUND - 10, "exact": True}


def test_facets_have_the_most_frequent_labels_and_the_ranges_asked_for(
    front_end: FrontEnd,
) -> None:
    ranges = [{"key": "small", "to": 8}, {"from": 8}]
    page = front_end.search(
        "datafile",
        **BOTH,
        facets=[
            {"dimension": "fileSize", "ranges": ranges},
            {"dimension": "technique.name", "entity": "datasettechnique", "limit": 1},
        ],
    )
    assert page["facets"] == [
        {
            "dimension": "fileSize",
            "entity": "Datafile",
            "buckets": [
                {"label": "small", "to": 8, "count": 2},
                {"label": "8-*", "from": 8, "count": 10},
            ],
        },
        {
            "dimension": "technique.name",
            "entity": "DatasetTechnique",
            "buckets": [{"label": "small angle scattering", "count": 2}],
        },
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("silcon", "silicon"),
        ("Silcon wafers", None),  # would find no more
        ("+silcon +temperture", "+silicon +temperature"),
        ("title:tomografy", None),  # nothing of the kind is seen
        ("vis11", None),
        ("scatering", "scattering"),
        ('"silcon"', None),
        ("silicon", None),
    ],
)
def test_a_better_spelling_is_meant(front_end: FrontEnd, text: str, expected: str | None) -> None:
    meant = front_end.search("investigation", **ADA, text=text)["did_you_mean"]
    assert meant == expected


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(HIGHEST_ID // 3, id="shards"),
        pytest.param(None, id="dicts"),
        CLUSTER,
        THREE_SHARDS,
    ],
)
def large(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, people: bool
) -> FrontEnd:
    directory = tmp_path_factory.mktemp("large")
    return FrontEnd.over(directory, made_up(2), over(request, request.param), people=people)


@settings(max_examples=40)
@given(
    st.sampled_from(["investigation", "dataset", "datafile"]),
    st.sampled_from([None, "scan", "silk spiders", "*", "iron -the"]),
    st.one_of(st.just(dict[str, str]()), sorts()),
    st.integers(1, 40),
    st.sampled_from(USERS),
)
def test_pages_put_together_are_the_whole(
    large: FrontEnd, entity: str, text: str | None, sort: dict[str, str], limit: int, user: str
) -> None:
    asked: dict[str, Any] = {"user": user, "public": True}
    if text is not None:
        asked["text"] = text
    fields = {"investigation": {"name", "id", "fileSize", "date", "startDate"}}
    fields["dataset"] = fields["investigation"] | {"investigation.id"}
    fields["datafile"] = {"name", "id", "fileSize", "date", "investigation.id"}
    asked["sort"] = {name: way for name, way in sort.items() if name in fields[entity]}
    whole = large.search(entity, **asked, limit=1_000)
    ids = [hit["id"] for hit in whole["hits"]]
    pages = list(large.pages(entity, **asked, limit=limit))
    assert [id_ for page in pages for id_ in page] == ids
    assert whole["count"] == {"value": len(ids), "exact": True}


def investigations_of(documents: Documents, user: str, *, public: bool) -> set[int]:
    """Those that a user may see, by going through everything."""

    def having(entity: str, field: str, values: set[Any], wanted: str) -> set[Any]:
        found = documents[entity].values()
        return {one.get(wanted) for one in found if one.get(field) in values} - {None}

    instruments = having("InstrumentScientist", "user.name", {user}, "instrument.id")
    seen = having("InvestigationUser", "user.name", {user}, "investigation.id")
    seen |= having("InvestigationInstrument", "instrument.id", instruments, "investigation.id")
    return (seen | {3}) if public else seen


@settings(max_examples=100)
@given(
    st.sampled_from(ENTITIES),
    st.one_of(
        st.sampled_from(["s", "sca", "a", "ir", "Z", "sm", "spid", "é", "scan 4"]),
        st.text("abestyz4", min_size=1, max_size=3),
    ),
    st.sampled_from(USERS),
    st.booleans(),
)
def test_every_suggestion_is_in_a_document_that_is_seen(
    large: FrontEnd, entity: str, prefix: str, user: str, public: bool
) -> None:
    documents = made_up(2)
    seen = investigations_of(documents, user, public=public)
    asked = {"entity": entity, "prefix": prefix, "user": user, "limit": 50}
    answer = large.ask(urlencode({**asked, "public": str(public).lower()}))
    for one in answer["suggestions"]:
        found = lookup.entity(one["entity"])
        by = str(rights_field(found.name))
        values = [
            str(document.get(one["field"], "")).lower()
            for document in documents[found.name].values()
            if document.get(by) in seen
        ]
        said = words(one["text"].lower())[-1] if one["kind"] == "word" else one["text"].lower()
        assert any(said in value for value in values), one


def test_a_cursor_belongs_to_its_search(front_end: FrontEnd) -> None:
    cursor = front_end.search("datafile", **ADA, limit=2)["cursor"]
    assert len(front_end.ids("datafile", **ADA, limit=3, cursor=cursor)) == 3
    for other in ({**ZOE}, {**BOTH}, {**ADA, "text": "silicon"}, {**ADA, "sort": {"id": "asc"}}):
        with pytest.raises(CursorRefused, match="another search"):
            front_end.search("datafile", **other, cursor=cursor)


@pytest.mark.parametrize("cursor", ["", "x", "é", "bnVsbA", "W10", "WzEsMiwzXQ", "a" * 50_000])
def test_what_is_no_cursor_is_refused(front_end: FrontEnd, cursor: str) -> None:
    with pytest.raises(CursorRefused):
        front_end.search("datafile", **ADA, cursor=cursor)


def test_a_text_that_cannot_be_read_is_refused(front_end: FrontEnd) -> None:
    with pytest.raises(BadRequest):
        front_end.search("datafile", **ADA, text='"')


# ── the oracle ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("user", ["ada", "zoe"])
@pytest.mark.parametrize("prefix", ["s", "scat", "un", "silicon w", "vis", "set", "fi"])
def test_shards_suggest_what_the_oracle_does(
    front_end: FrontEnd, tmp_path: Path, entity: str, user: str, prefix: str
) -> None:
    oracle = FrontEnd.over_dicts(tmp_path, facility())
    expected = sorted(oracle.suggest(entity, prefix, user=user, limit=50))
    assert sorted(front_end.suggest(entity, prefix, user=user, limit=50)) == expected
