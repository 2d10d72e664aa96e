"""Documents as lines. What searches find of them is tested above, see ``tests.engines``."""

from base64 import b64decode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers import SEPARATORS, Synonyms
from search_service.catalogue.entities import ENTITIES, FACETABLE_BY_DEFAULT
from search_service.catalogue.model import Entity, Field, FieldKind
from search_service.engines.base import Document
from search_service.engines.documents import encode
from search_service.engines.documents.encode import Encoder
from search_service.engines.documents.format import Format
from search_service.engines.embedded.index.format import TantivyFormat
from search_service.engines.embedded.index.sort_keys import encode as sort_key
from search_service.engines.opensearch.index.format import ClusterFormat
from tests.support.coded_parts import coded_parts

VALUES = {
    FieldKind.INTEGER: st.integers(0, 2),
    FieldKind.DOUBLE: st.sampled_from([0.5, 1.0, 1.2345678901234567]),
    FieldKind.TEXT: st.sampled_from(
        ["", "iron Fe", "scan_0001.nxs", "scan_0002.nxs", "α-Fe2O3 at 4.2 K", "HC-1234", "the"]
    ),
    FieldKind.PATH: st.sampled_from(
        ["", "/", "/a/b/", "/a/b/x_0001.nxs", "C:\\a b\\x.NXS", "x_0002.nxs", "/a/b\\é.h5"]
    ),
    FieldKind.EXACT: st.sampled_from(["", "K", "a b"]),
}


def encoder(entity: str, form: Format | None = None) -> Encoder:
    return Encoder(
        entity,
        frozenset(FACETABLE_BY_DEFAULT),
        Synonyms.builtin(),
        SEPARATORS,
        form or TantivyFormat(),
    )


def fields(entity: Entity) -> list[Field]:
    return [f for f in entity.fields if f.kind is not FieldKind.PATH or "." not in f.name]


def documents(entity: Entity) -> st.SearchStrategy[list[Document]]:
    """Some that repeat a few values, each with some of the fields in an order of its own."""
    values = st.fixed_dictionaries(
        {},
        optional={
            **{field.name: VALUES[field.kind] for field in fields(entity)},
            "other": st.sampled_from(["x", 1, None, "y"]),
        },
    )
    ordered = values.flatmap(lambda found: st.permutations(list(found.items())).map(dict))
    return st.lists(ordered, max_size=8)


@pytest.mark.parametrize("form", [TantivyFormat(), ClusterFormat()])
@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
@given(st.data())
def test_a_line_does_not_depend_on_what_was_encoded_before(
    entity: Entity, form: Format, data: st.DataObject
) -> None:
    encoder_of_all = encoder(entity.name, form)
    for id_, document in enumerate(data.draw(documents(entity))):
        alone = encoder(entity.name, form).line(id_, document)
        assert encoder_of_all.line(id_, document) == alone
        assert encoder_of_all.line(id_, document) == alone


def test_a_file_has_its_own_part_and_that_of_its_dataset() -> None:
    document = {
        "dataset.id": 7,
        "dataset.name": "tomo of iron",
        "id": 5,
        "name": "XB07_00012.nxs",
        "location": "/data/Run 1/XB07_00012.nxs",
        "fileSize": 10,
        "visitId": "HC-1",
    }
    line = orjson.loads(encoder("Datafile").line(5, document))
    terms = [term for term in line["_terms"].split() if not term.startswith("-")]
    line["_terms"] = " ".join(terms)
    assert orjson.loads(b64decode(line.pop("_source"))) == document
    assert line.pop("_sort.name") == sort_key("XB07_00012.nxs")
    assert len(line.pop("location.exact").split()) == 2  # a token for each directory above it
    assert line == {
        "_key": 5,
        "_terms": "#5 name location location.fileName dataset.id=7 dataset.name visitId",
        "_parts": coded_parts("Datafile", name="xb 7 12 nxs $4 .nxs xb07", visitId="hc 1 , hc1"),
        "name": "xb07_00012 nx",
        "location": "data run\ue0201 xb07_00012.nxs",
        "location.fileName": "xb07_00012 nxs",
        "_path.location.exact": "/data/Run 1/XB07_00012.nxs",
        "fileSize": 10,
        "dataset.id": 7,
        "dataset.name": "tomo of iron",
        "_twins.dataset.name": "fe",
        "visitId": "hc 1",
    }


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_a_document_says_which_fields_to_sort_by_it_lacks(entity: Entity) -> None:
    given = {field.name: 1 for field in entity.fields if field.name.endswith(".id")}
    terms = orjson.loads(encoder(entity.name).line(1, {"id": 1} | given))["_terms"].split()
    sortable = {field.name for field in entity.fields if field.sortable} - {"id", *given}
    assert {term[1:] for term in terms if term.startswith("-")} == sortable


def test_strings_of_unknown_fields_are_found() -> None:
    document = {"id": 1, "colour": "red", "size": 5, "name": "a"}
    line = orjson.loads(encoder("Datafile").line(1, document))
    assert line["_undeclared"] == ["colour\x1fred"]
    assert b64decode(line["_source"]) == b" " + orjson.dumps(document)


def test_many_sets_of_fields_are_not_all_kept() -> None:
    found = encoder("Datafile")
    for number in range(encode.MOST_SHAPES + 10):
        line = found.line(1, {f"field {number}": "x", "visitId": "HC-1"})
        assert orjson.loads(line)["visitId"] == "hc 1"
