"""What a slice knows about itself, over an index on disk with segments in any order."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
import tantivy
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers import Synonyms
from search_service.catalogue.lookup import entity as entity_named
from search_service.engines.documents.encode import Encoder
from search_service.engines.documents.engine_fields import TERMS
from search_service.engines.documents.path_tokens import directory_token
from search_service.engines.embedded.index.format import TantivyFormat
from search_service.engines.embedded.index.schema import key_term, register, schema_of
from search_service.engines.embedded.search.slice import Slice, directories_above
from tests.support.shards import FACETABLE

LOWEST, HIGHEST = -(2**63), 2**63 - 1
DATAFILE = entity_named("Datafile")


def slice_over(path: Path, segments: Sequence[Collection[int]], gone: Collection[int]) -> Slice:
    """A slice of these ids, segment by segment; those that are ``gone`` are deleted in the end."""
    index = tantivy.Index(schema_of(DATAFILE, FACETABLE), path=str(path))
    register(index, reading=False)
    writer = index.writer(15_000_000, 1)
    encoder = Encoder("Datafile", FACETABLE, Synonyms.builtin(), "/\\", TantivyFormat())
    for ids in segments:
        for id_ in ids:
            text = "scan of one" if id_ % 2 else "a longer text about many things"
            writer.add_json(
                encoder.line(
                    id_, {"id": id_, "description": text, "location": f"/data/run {id_}/scan.nxs"}
                )
            )
        writer.commit()
    for id_ in gone:
        writer.delete_documents_by_term(TERMS, key_term(id_))
    writer.commit()
    writer.wait_merging_threads()
    return Slice(str(path), DATAFILE)


@pytest.mark.parametrize(
    ("segments", "gone", "bounds"),
    [
        pytest.param([], [], (0, -1), id="none"),
        pytest.param([[7]], [], (7, 7), id="one"),
        pytest.param([[7]], [7], (0, -1), id="one-that-is-deleted"),
        pytest.param([range(5, 900)], [], (5, 899), id="one-segment"),
        pytest.param([[10**12], [5], range(10**6, 10**6 + 9)], [], (5, 10**12), id="far-apart"),
        pytest.param([[9, 5, 30_000], [8]], [], (5, 30_000), id="in-no-order"),
        pytest.param([[5, 9], [20, 8_000]], [5, 20, 8_000], (9, 9), id="the-first-are-deleted"),
        pytest.param([[LOWEST, 3], [HIGHEST]], [], (LOWEST, HIGHEST), id="as-far-as-they-go"),
        pytest.param([[LOWEST + 1], [HIGHEST - 1]], [], (LOWEST + 1, HIGHEST - 1), id="nearly"),
        pytest.param([[-4_000, -7]], [], (-4_000, -7), id="negative"),
    ],
)
def test_the_lowest_and_the_highest_id(
    segments: Sequence[Collection[int]],
    gone: Collection[int],
    bounds: tuple[int, int],
    tmp_path: Path,
) -> None:
    assert slice_over(tmp_path, segments, gone).id_bounds() == bounds


IDS = st.integers(LOWEST, HIGHEST) | st.integers(-20_000, 20_000)


@settings(max_examples=15)
@given(ids=st.sets(IDS, min_size=1, max_size=30), data=st.data())
def test_bounds_are_those_of_the_documents_that_are_left(
    ids: set[int], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ordered = data.draw(st.permutations(sorted(ids)))
    cut = data.draw(st.integers(0, len(ids)))
    gone = data.draw(st.sets(st.sampled_from(ordered)))
    left = ids - gone
    path = tmp_path_factory.mktemp("slice")
    found = slice_over(path, [ordered[:cut], ordered[cut:]], gone).id_bounds()
    assert found == ((min(left), max(left)) if left else (0, -1))


@pytest.mark.parametrize("gone", [[], [1], [1, 2, 11]], ids=["all", "the-first", "several"])
def test_documents_and_lengths_are_those_of_the_engine(gone: Sequence[int], tmp_path: Path) -> None:
    slice_ = slice_over(tmp_path, [range(1, 11), range(11, 21)], gone)
    assert slice_.weighed == 20  # with those that are deleted and not yet merged
    # Of `scan of one` and `a longer text about many things`, with stop words.
    assert slice_.mean_length("description") == pytest.approx(4.5, abs=1.5)
    assert slice_.mean_length("name") == 0
    # The directories above.
    assert slice_.mean_length("location.exact") == 2


def test_a_length_is_told_without_a_walk_through_the_dictionary(tmp_path: Path) -> None:
    """Which took 18 s of a billion datafiles: the rarest word of a document tells it."""
    slice_ = slice_over(tmp_path, [range(1, 11)], [])
    directory = "/data/run 7"
    assert slice_.document_frequency("location.exact", directory_token(directory)) == 1
    words = list(directories_above(f"{directory}/scan.nxs"))
    assert words[0] == directory_token(directory)
    assert directory_token("/data") in words


@pytest.mark.parametrize("most", [1, 3, 40, 1_000])
def test_all_hits_are_listed_in_lists_that_are_not_longer_than_wanted(
    tmp_path: Path, most: int
) -> None:
    ids = [*range(40), *range(10**6, 10**6 + 7), -(10**12)]
    slice_ = slice_over(tmp_path, [ids[:30], ids[30:]], gone=[7])
    lists = list(slice_.every(tantivy.Query.all_query(), most))
    assert max(map(len, lists)) <= most
    found = [id_ for hits in lists for id_ in slice_.ids([address for _, address in hits])]
    assert sorted(found) == sorted({*ids} - {7})
