"""The analysed query node by node, as any engine says it."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.front_ends import FrontEnd


def nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node["children"]:
        yield from nodes(child)


def test_each_node_tells_whether_the_document_matches_it(front_end: FrontEnd) -> None:
    found = front_end.explain("investigation", user="ada", text="neutron secretium", id=1)
    assert found["tree"]["matches"]
    assert any(node["matches"] is False for node in nodes(found["tree"]))


def test_without_a_document_no_node_is_asked(front_end: FrontEnd) -> None:
    found = front_end.explain("datafile", user="ada", text="neutron wafer")
    assert found["document"] is None
    assert {node["matches"] for node in nodes(found["tree"])} == {None}
    assert next(step["name"] for step in found["steps"]) == "reading the request"
