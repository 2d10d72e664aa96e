from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.catalogue.model import Join
from search_service.engines.base import Document, Hit, View
from search_service.query.order import Order
from search_service.query.request.shapes import JoinedFields
from search_service.query.tree import Everything
from search_service.service.searching.joined import JoinedArrays
from tests.support.dict_engine import DictReader, DictView

PARAMETER, USER = "DatasetParameter", "InvestigationUser"
DATASETS: dict[int, dict[str, Any]] = {
    1: {"id": 1, "investigation.id": 7},
    2: {"id": 2, "investigation.id": 7},
    3: {"id": 3},
}
ODD: dict[str, Any] = {
    "stringValue": '"}],\\ é \U0001f52c \u2028\x00',
    "numericValue": 5e-324,
    "type.name": "",
    "undeclared": {"id": [1, {"type.name": None}]},
}


class CountingReader(DictReader):
    """Counts what is read of joined documents."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        super().__init__(dict(documents))
        self.keys: list[set[int]] = []

    def joined(
        self, entity: str, by: str, keys: Collection[int], limit: int, fields: Collection[str]
    ) -> Mapping[int, Sequence[Document]]:
        self.keys.append(set(keys))
        return super().joined(entity, by, keys, limit, fields)

    def datasets(self) -> Sequence[Hit]:
        return self.page("Dataset", Everything(), Order(), None, 10)


def parameters(*, of: Mapping[int, int]) -> dict[int, dict[str, Any]]:
    return {id_: {**ODD, "id": id_, "dataset.id": dataset} for id_, dataset in of.items()}


def wanted(*fields: str) -> JoinedFields:
    join = Join("Dataset", by="dataset.id", on="id")
    return JoinedFields("datasetparameter", PARAMETER, join, frozenset(fields))


USERS = JoinedFields(
    "investigationuser",
    USER,
    Join("Dataset", by="investigation.id", on="investigation.id"),
    frozenset({"user.name"}),
)


@pytest.fixture
def reader() -> CountingReader:
    users = {5: {"id": 5, "investigation.id": 7, "user.name": "ada"}}
    joining = parameters(of={11: 1, 12: 1, 13: 3})
    return CountingReader({"Dataset": DATASETS, PARAMETER: joining, USER: users})


def test_each_hit_has_the_documents_that_join_to_it(reader: CountingReader) -> None:
    fields = wanted("type.name", "id", "stringValue", "numericValue")
    found = JoinedArrays(reader).of_page("Dataset", reader.datasets(), [fields, USERS])
    declared = {name: ODD[name] for name in ("numericValue", "stringValue", "type.name")}
    assert list(map(orjson.loads, found["datasetparameter"])) == [
        [{**declared, "id": 11}, {**declared, "id": 12}],
        [],
        [{**declared, "id": 13}],
    ]
    assert found["investigationuser"] == [b'[{"user.name":"ada"}]'] * 2 + [b"[]"]
    assert found["datasetparameter"][2] == orjson.dumps([{"id": 13, **declared}])


def test_what_does_not_join_is_empty(reader: CountingReader) -> None:
    stranger = JoinedFields("stranger", "Stranger", None, frozenset({"id"}))
    arrays = JoinedArrays(reader)
    assert arrays.of_page("Dataset", reader.datasets(), [stranger])["stranger"] == [b"[]"] * 3
    assert arrays.of_page("Dataset", [], [wanted("id")]) == {"datasetparameter": []}


def test_what_was_read_is_remembered_by_its_fields(reader: CountingReader) -> None:
    arrays, hits = JoinedArrays(reader), reader.datasets()
    first = arrays.of_page("Dataset", hits[:2], [wanted("id")])
    assert (
        arrays.of_page("Dataset", hits, [wanted("id")])["datasetparameter"][:2]
        == (first["datasetparameter"])
    )
    assert reader.keys == [{1, 2}, {3}]
    arrays.of_page("Dataset", hits, [wanted("type.name")])
    assert reader.keys == [{1, 2}, {3}, {1, 2, 3}]


def test_what_changed_is_read_again(reader: CountingReader) -> None:
    arrays, hits = JoinedArrays(reader), reader.datasets()
    arrays.of_page("Dataset", hits, [wanted("id")])
    view: View = DictView(2, 1, {"Dataset": DATASETS, PARAMETER: parameters(of={12: 2})})
    reader.see(view)
    found = arrays.of_page("Dataset", hits, [wanted("id")])
    assert found["datasetparameter"] == [b"[]", b'[{"id":12}]', b"[]"]


@given(most=st.integers(0, 1000), pages=st.lists(st.sets(st.integers(0, 2)), max_size=8))
def test_however_little_is_remembered_the_answer_is_the_same(
    most: int, pages: list[set[int]]
) -> None:
    reader = CountingReader({"Dataset": DATASETS, PARAMETER: parameters(of={11: 1, 12: 1, 13: 3})})
    little, hits = JoinedArrays(reader, most), reader.datasets()
    for places in pages:
        page = [hits[place] for place in places]
        for fields in (wanted("id"), wanted("type.name", "id")):
            expected = JoinedArrays(reader).of_page("Dataset", page, [fields])
            assert little.of_page("Dataset", page, [fields]) == expected
