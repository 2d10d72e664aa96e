"""Document frequencies are those of all shards, in few requests, until the documents change."""

from collections.abc import Iterator

import pytest

from search_service.catalogue.lookup import entity
from search_service.engines.opensearch.search.vocabulary import KnownFrequencies
from search_service.query.text.relevance.words import document_frequencies, part_fields
from tests.support.dict_engine import DictReader
from tests.support.facility import made_up
from tests.support.opensearch.indices import Indices, MadeIndices
from tests.support.searching import PEOPLE, reading

pytestmark = pytest.mark.opensearch

DOCUMENTS = made_up(1)
SYNONYMS = {"Investigation": {1: {"id": 1, "title": "SAXS of beryllium", "name": "HC-1234"}}}
TEXTS = ["neutron scattering", "nano particle", "microstructure", "hc1234", "a long text " * 90]


@pytest.fixture(scope="module", params=[1, 3], ids=["one-shard", "three-shards"])
def made(request: pytest.FixtureRequest, indices: Indices) -> Iterator[MadeIndices]:
    with indices.of(DOCUMENTS, shards=request.param) as made:
        yield made


def words_of(name: str) -> set[str]:
    texts = (str(v) for d in DOCUMENTS[name].values() for v in d.values() if isinstance(v, str))
    return {word for text in texts for word in text.split()} | {"unheardof"}


@pytest.mark.parametrize("name", ["Investigation", "Dataset", "Datafile"])
def test_words_and_parts_are_as_frequent_as_they_are(made: MadeIndices, name: str) -> None:
    reader, judge = made.reader(), DictReader(DOCUMENTS)
    for word in sorted(words_of(name))[:60]:
        found = list(document_frequencies(reader, word, entity(name)))
        assert found == list(document_frequencies(judge, word, entity(name))), word


def test_synonyms_are_known(indices: Indices) -> None:
    with indices.of(SYNONYMS) as made:
        reader, judge = made.reader(), DictReader(SYNONYMS)
        for word in ("saxs", "be", "beryllium", "hc", "unheardof"):
            found = reader.has_synonym("Investigation", "title", word)
            assert found is judge.has_synonym("Investigation", "title", word), word


def test_what_the_table_does_not_know_is_nowhere(made: MadeIndices) -> None:
    reader = made.reader()
    assert reader.document_frequency("Dataset", "unheardOf", "word") == 0
    assert reader.part_document_frequency("Dataset", "unheardOf", "word") == 0
    assert not reader.has_synonym("Dataset", "unheardOf", "word")
    assert part_fields(entity("Dataset"))


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_takes_few_requests(made: MadeIndices, text: str) -> None:
    reader, people = made.reader(), reading(PEOPLE)
    people.query("anything else", entity("Dataset"), reader)  # now it knows the shards
    before = made.sent
    people.query(text, entity("Dataset"), reader)
    assert made.sent - before <= 4
    before = made.sent
    people.query(text, entity("Dataset"), reader)
    assert made.sent == before


def test_what_is_known_is_forgotten_when_the_entity_changes(made: MadeIndices) -> None:
    stamps = {"Dataset": 1}
    known = KnownFrequencies(made.requests, stamps.__getitem__)
    first, before = known.of_word("Dataset", "name", "scan"), made.sent
    assert (known.of_word("Dataset", "name", "scan"), made.sent) == (first, before)
    stamps["Dataset"] = 2
    assert known.of_word("Dataset", "name", "scan") == first
    assert made.sent > before


def test_documents_and_those_with_words_are_counted(made: MadeIndices) -> None:
    known = KnownFrequencies(made.requests, lambda _: 1)
    documents = DOCUMENTS["Dataset"].values()
    assert known.count("Dataset") == len(documents)
    with_type = sum("type.name" in document for document in documents)
    present = known.present("Dataset", ["type.name", "_parts", "unheardOf"])
    assert present["type.name"] == with_type
    assert present["unheardOf"] == 0
