"""What the cluster makes of documents, against what they are meant to be indexed as."""

from collections.abc import Callable, Sequence

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzers import Synonyms, text_words
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity
from search_service.engines.base import Document
from search_service.engines.config import ClusterOptions
from search_service.engines.documents import engine_fields
from search_service.engines.documents.format import Placed
from search_service.engines.documents.texts import analyse_with_parts
from search_service.engines.documents.tokens import as_placed
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.index.encode import ClusterCodec
from search_service.engines.opensearch.index.format import ClusterFormat
from search_service.engines.opensearch.index.mapping import mappings_of
from search_service.engines.opensearch.index.terms import LONGEST, as_term
from search_service.engines.opensearch.write.bulk import BulkRequests, put_line
from tests.support.opensearch.empty_indices import CONFIG, ids_in, indices_of, made

FORMAT = ClusterFormat()
SYNONYMS = Synonyms.builtin()
MANY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

Analysed = Callable[[str], Placed]


@pytest.fixture
def index(cluster: Cluster, cluster_options: ClusterOptions) -> str:
    return made(indices_of(cluster, cluster_options), "Datafile")


@pytest.fixture
def analysed(cluster: Cluster, index: str) -> Analysed:
    """The words with positions that the cluster makes of a text."""

    def analyse(text: str) -> Placed:
        body = {"field": "name", "text": text}
        found = cluster.request("POST", f"/{index}/_analyze", None, body)["tokens"]
        return [(token["token"], token["position"]) for token in found]

    return analyse


def placed(words: Sequence[str]) -> Placed:
    return [(word, place) for place, word in enumerate(words) if word]


def together(found: Placed) -> list[tuple[str, int]]:
    """In an order that does not depend on that of words on one position."""
    return sorted(found, key=lambda each: (each[1], each[0]))


TEXTS = [
    "the scattering of neutrons by the iron",
    "angle resolved photoemission spectroscopy, ARPES and SAXS",
    "small angle X-ray scattering at 4.2 K: Fe2O3/µm naïve αβ 中文 don't",
    "of the",
    "",
    "XB07_004411 myÅngström's super-cell of α-TiO₂ 1,5e-3 10.5072/A.1 0.25 µm.NXS",
    "😀 👩‍🔬 e\u0301 \u202fa\u202fb \x85 \x01 \x1f , \u3000",
]
WORDS = st.one_of(st.sampled_from(["iron", "fe", "the", "x-ray", "SAXS", "a1_2"]), st.text())


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_has_the_words_that_are_meant_in_their_places(text: str, analysed: Analysed) -> None:
    words = text_words(text)
    indexed = SYNONYMS.indexed(words)
    meant = placed(words) if indexed is None else indexed[0]
    found = analyse_with_parts(SYNONYMS, "A", FORMAT, named=True)(text)
    assert together(analysed(str(found[0]))) == together(meant)


@MANY
@given(st.lists(WORDS, max_size=8).map(" ".join))
def test_whatever_is_written_has_the_words_and_parts_that_are_meant(
    analysed: Analysed, text: str
) -> None:
    words = text_words(text)
    indexed = SYNONYMS.indexed(words)
    meant = placed(words) if indexed is None else indexed[0]
    found, beside, parts = analyse_with_parts(SYNONYMS, "A", FORMAT, named=True)(text)
    assert together(analysed(str(found))) == together(meant)
    assert together(analysed(parts)) == placed(
        ["" if part == engine_fields.STOP_WORD_PLACE else part for part in parts.split(" ") if part]
    )
    assert [word for word, _ in analysed(beside)] == beside.split()


@MANY
@given(st.lists(st.text(min_size=1).filter(lambda word: word != ","), max_size=6))
def test_components_of_paths_stay_whole(analysed: Analysed, components: list[str]) -> None:
    text = " ".join(map(as_term, components))
    assert analysed(text) == placed(list(map(as_term, components)))


def test_words_on_one_position_stay_there_behind_free_ones(analysed: Analysed) -> None:
    meant = [("a", 1), ("b", 1), ("é😀", 1), ("c", 4), ("d", 4)]
    assert analysed(str(as_placed(meant, FORMAT.stacked))) == meant


def test_the_longest_word_is_one(analysed: Analysed) -> None:
    assert analysed("a" * LONGEST + " b") == [("a" * LONGEST, 0), ("b", 1)]


ODD = {
    "empty": "",
    "a-word-of-40-kB": "a" * 40_000,
    "bytes-count-not-characters": "é" * 40_000,
    "longer-when-it-is-folded": "ﷺ" * 899,
    "many-words": "iron " * 5_000,
    "many-parts": "x-ray " * 2_000,
    "many-directories": "/x" * 20_000,
    "digits": "1" * 40_000,
    "white-space-and-controls": "C:\\a\x0bb\\c d\u3000e\\\x01\x1f\x00.nxs",
    "emoji": "😀👩‍🔬 " * 1_000,
    "a-place-of-a-stop-word": "/a/,/b , c",
}


def test_no_value_makes_the_cluster_refuse_a_document(
    cluster: Cluster, cluster_options: ClusterOptions, index: str
) -> None:
    indices = indices_of(cluster, cluster_options)
    encode = ClusterCodec(CONFIG).encoder("Datafile")
    fields = [field.name for field in ENTITIES[2].fields if not field.kind.is_number]
    requests = BulkRequests(cluster, 60.0)
    for id_, value in enumerate(ODD.values()):
        document = {**dict.fromkeys(fields, value), "id": id_, "other": value}
        line = put_line(indices.names.written(index), id_, 1, encode(id_, document))
        assert requests.send("Datafile", [line])
    assert ids_in(indices, index) == list(range(len(ODD)))
    for id_, value in enumerate(ODD.values()):
        term = FORMAT.term_of(engine_fields.undeclared_value("other", value))
        query = {"term": {engine_fields.UNDECLARED: term}}
        found = cluster.search(index, {"query": query, "_source": False})["hits"]["hits"]
        assert [hit["_id"] for hit in found] == [str(id_)]


def test_a_text_may_have_100_000_words(
    cluster: Cluster, cluster_options: ClusterOptions, index: str
) -> None:
    indices = indices_of(cluster, cluster_options)
    line = ClusterCodec(CONFIG).encoder("Datafile")(1, {"id": 1, "description": "iron " * 100_000})
    put = put_line(indices.names.written(index), 1, 1, line)
    assert BulkRequests(cluster, 60.0).send("Datafile", [put])
    assert ids_in(indices, index) == [1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("numericValue", 5e-324),
        ("numericValue", -0.0),
        ("numericValue", 1.7976931348623157e308),
        ("numericValue", float("inf")),
        ("numericValue", 0.1 + 0.2),
        ("dateTimeValue", -(2**63)),
        ("dateTimeValue", 2**63 - 1),
    ],
)
def test_numbers_are_read_as_they_are(
    cluster: Cluster, cluster_options: ClusterOptions, field: str, value: float
) -> None:
    indices = indices_of(cluster, cluster_options)
    index = made(indices, "DatafileParameter")
    line = ClusterCodec(CONFIG).encoder("DatafileParameter")(1, {"id": 1, field: value})
    put = put_line(indices.names.written(index), 1, 1, line)
    assert BulkRequests(cluster, 20.0).send("DatafileParameter", [put])
    indices.refresh([index])
    body = {"docvalue_fields": [field], "_source": False}
    (hit,) = cluster.search(index, body)["hits"]["hits"]
    expected = [] if value == float("inf") else [value]
    assert hit.get("fields", {}).get(field, []) == expected


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_all_that_an_encoder_writes_is_mapped(entity: Entity) -> None:
    values: Document = {
        field.name: 1 if field.kind.is_number else "iron of a-b 1" for field in entity.fields
    }
    line = orjson.loads(ClusterCodec(CONFIG).encoder(entity.name)(1, {**values, "other": "x"}))
    mapped = set(mappings_of(entity, CONFIG)["properties"])
    assert set(line) - mapped == {"_document"}
    # A file's name and the directories above it come from its location.
    assert mapped - set(line) <= {"_parts", "location.exact"}
