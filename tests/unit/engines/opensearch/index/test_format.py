import orjson
import pytest

from analyzers import SEPARATORS
from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.engines.base import Document
from search_service.engines.config import IndexConfig
from search_service.engines.opensearch.index.encode import ClusterCodec
from search_service.engines.opensearch.index.format import ClusterFormat
from search_service.engines.opensearch.index.terms import LONGEST, term_of, without_blanks
from tests.support.coded_parts import coded_parts

CODEC = ClusterCodec(IndexConfig(frozenset(FACETABLE_BY_DEFAULT), "", SEPARATORS))


def line(entity: str, document: Document) -> Document:
    found: Document = orjson.loads(CODEC.encoder(entity)(5, document))
    return found


def test_a_file_has_its_words_and_itself_as_a_string() -> None:
    document = {
        "dataset.id": 7,
        "dataset.name": "tomo of iron",
        "id": 5,
        "name": "XB07_00012.nxs",
        "location": "/data/Run\u3000 1/XB07_00012.nxs",
        "fileSize": 10,
        "visitId": "HC-1",
        "colour": "red",
    }
    found = line("Datafile", document)
    assert found.pop("_document") == " " + orjson.dumps(document).decode()
    assert len(found.pop("location.exact").split()) == 2  # a token for each directory above it
    assert found == {
        "_key": 5,
        "_parts": coded_parts("Datafile", name="xb 7 12 nxs $4 .nxs xb07", visitId="hc 1 , hc1"),
        "_sort.name": "XB07_00012.nxs",
        "_undeclared": ["colour\x1fred"],
        "name": "xb07_00012 nx",
        "location": "data run\U000f3000\U000f00201 xb07_00012.nxs",
        "location.fileName": "xb07_00012 nxs",
        "_path.location.exact": "/data/Run\u3000 1/XB07_00012.nxs",
        "fileSize": 10,
        "dataset.id": 7,
        "dataset.name": "tomo of iron",
        "_twins.dataset.name": "fe",
        "visitId": "hc 1",
    }


def test_words_on_one_position_are_joined() -> None:
    placed = [("a", 1), ("b", 1), ("c", 3)]
    assert ClusterFormat().stacked(placed) == ", a\x01b , c"


def test_words_to_be_counted_are_apart_and_each_is_there_once() -> None:
    assert ClusterFormat().counted_words(", a\x01b , c a") == ["a", "b", "c"]
    found = line("Investigation", {"id": 5, "title": "the scattering of the scattered"})
    assert found["_words.title"] == ["scatter", "of"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_none(value: float) -> None:
    assert line("DatafileParameter", {"id": 5, "numericValue": value})["numericValue"] is None


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("é" * 20_000, id="a-byte-is-no-character"),
        pytest.param("ﷺ" * 899, id="longer-when-it-is-folded"),
        pytest.param("1" * 40_000, id="digits"),
        pytest.param("/" + "c" * 40_000 + ".nxs", id="a-component-of-a-path"),
    ],
)
def test_no_word_is_longer_than_the_cluster_takes(value: str) -> None:
    names = ("name", "description", "location", "dataset.name", "datafileFormat.name", "other")
    found = line("Datafile", {"id": 5, **dict.fromkeys(names, value)})
    del found["_document"]
    texts = [text for text in found.values() if isinstance(text, str)]
    words = [word for text in texts for word in text.split(" ")]
    assert max(len(word.encode()) for word in words + found["_undeclared"]) <= LONGEST


def test_a_value_that_is_too_long_is_found_by_a_term_that_begins_so() -> None:
    value = "a" * (LONGEST + 1)
    assert term_of(value)[:255] == value[:255]
    assert len(term_of(value)) < 300
    assert term_of(value[1:]) == value[1:]


def test_white_space_of_any_kind_stays_within_a_word() -> None:
    every = [chr(code) for code in range(0x11000) if chr(code).isspace()]
    words = [without_blanks(f"a{blank}\x01b") for blank in every]
    assert not any("\x01" in word for word in words)
    # Java has these for no white space, and so has the tokenizer of the cluster.
    kept = {blank for blank, word in zip(every, words, strict=True) if blank in word}
    assert kept == set("\x85\xa0\u2007\u202f")
