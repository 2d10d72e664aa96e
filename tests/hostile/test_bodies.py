"""Any value in any place of any body, any query string: an answer, or a refusal in a sentence.

What a change was acknowledged with is there after a commit, as it was sent.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.amounts import TIMES, times
from tests.support.calling import BASE, Caller, Reply
from tests.support.rights import Facility
from tests.support.serving import serving

pytestmark = pytest.mark.slow

SECONDS = 120 * TIMES
EXAMPLES = 40
NO_DEFECT = {501, 503, 504}

QUERY: dict[str, Any] = {
    "text": "scan",
    "user": "ada",
    "userFullName": "Ada Lovelace",
    "lower": "201901010000",
    "upper": 1_600_000_000_000,
    "parameters": [{"name": "temperature", "units": "K", "lowerNumericValue": 1}],
    "filter": {
        "dataset.type.name": ["raw", "processed"],
        "dataset.fileSize": {"from": 0, "to": 5},
        "datasetparameter": [{"filter": [{"field": "type.name", "value": "energy"}]}],
    },
}
DOCUMENT = {"id": 5, "name": "scan", "fileSize": 7, "sample.name": "silicon", "date": 1}
ASKED = {key: QUERY[key] for key in QUERY if key != "user"}
BODIES: Mapping[str, Any] = {
    f"{BASE}modify": [{"update": {"_index": "Dataset", "_id": 5, "doc": DOCUMENT}}],
    f"{BASE}addNow/Dataset": [DOCUMENT],
    f"{BASE}dataset?maxResults=5": {"query": QUERY, "fields": ["id", "Investigation title"]},
    f"{BASE}DatasetParameter/facet?maxResults=5&maxLabels=5": {
        "query": {"dataset.id": [1, 2], "type.name": "energy"},
        "dimensions": [{"dimension": "numericValue", "ranges": [{"key": "a", "from": 1, "to": 2}]}],
    },
    f"{BASE}Dataset/documents": {"ids": [1, 2], "from": 1, "to": 9, "limit": 5, "fields": ["id"]},
    "/v1/search": {
        "entity": "dataset", "user": "ada", "public": True, **ASKED, "fields": ["id"],
        "sort": {"name": "asc"}, "limit": 5, "cursor": "e30", "count": "exact", "highlight": True,
        "facets": [{"dimension": "technique.name", "entity": "DatasetTechnique", "limit": 5}],
    },
}  # fmt: skip
QUERY_STRINGS = {
    f"{BASE}dataset": b'maxResults=5&sort={"name":"asc"}&search_after={"doc":0,"shardIndex":0}',
    f"{BASE}Dataset/facet": b"maxResults=5&maxLabels=5",
    f"{BASE}lock/nix": b"minId=1&maxId=9&delete=false",
    "/v1/suggest": b"entity=dataset&prefix=s&user=ada&public=true&limit=5",
}

TEXTS = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        ["\0", "\ud800", "\udfff\ud800", "\ufeff", "%00", "a" * 5_000, "*a" * 40, '"\\']
    ),
)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([2**31 - 1, 2**31, 2**63, -(2**63) - 1, 2**64, 10**400, -0.0, 5e-324]),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
DEEP = st.builds(
    lambda open_, depth, close: open_ * depth + "0" + close * depth,
    st.sampled_from(["[", '{"a":']),
    st.sampled_from([99, 254, 255, 1_024, 100_000]),
    st.sampled_from(["]", "}", ""]),
)


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value can be put: the whole, and each part of it."""
    yield before
    if not isinstance(value, dict | list):
        return
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield from places(part, (*before, key))


def with_another(value: Any, place: tuple[Any, ...], other: Any) -> Any:
    """The value with another one in that place."""
    if not place:
        return other
    key, *rest = place
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[key] = with_another(value[key], tuple(rest), other)
    return copied


@st.composite
def bodies(draw: st.DrawFn, body: Any) -> bytes:
    """The body with any value somewhere in it, written in any way."""
    place = draw(st.sampled_from(list(places(body))))
    mark = "the place"
    value = json.dumps(draw(VALUES)) if draw(st.booleans()) or not place else draw(DEEP)
    text = json.dumps(with_another(body, place, mark)).replace(json.dumps(mark), value)
    match draw(st.sampled_from(["", "", "", "bom", "utf-16", "twice", "cut", "raw"])):
        case "bom":
            return b"\xef\xbb\xbf" + text.encode()
        case "utf-16":
            return text.encode("utf-16")
        case "twice":
            return text.replace("{", '{"user":5,"query":{},"_id":1,', 1).encode()
        case "cut":
            return text.encode()[: draw(st.integers(0, len(text)))]
        case "raw":
            return text.encode().replace(b"a", draw(st.binary(max_size=3)))
        case _:
            return text.encode()


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with serving(tmp_path_factory.mktemp("bodies") / "data", {"workers": 1}) as service:
        found = Caller(service.url)
        found.put(Facility(1).documents)
        yield found
        assert found.ask("/health/ready", method="GET").status == 200
        assert service.stop() == 0
        assert service.defects() == []


def is_no_defect(reply: Reply) -> None:
    assert reply.status < 500 or reply.status in NO_DEFECT, reply
    if reply.status >= 400:
        assert reply.content["code"]
        assert 0 < len(reply.message) < 2_000


@pytest.mark.parametrize("target", BODIES)
def test_any_body_is_answered_or_refused_with_a_sentence(caller: Caller, target: str) -> None:
    @settings(max_examples=times(EXAMPLES))
    @given(bodies(BODIES[target]))
    def it_is(body: bytes) -> None:
        is_no_defect(caller.ask_raw(target, body))

    it_is()


@pytest.mark.parametrize("path", QUERY_STRINGS)
def test_so_is_any_query_string(caller: Caller, path: str) -> None:
    usual = QUERY_STRINGS[path]

    @settings(max_examples=times(EXAMPLES))
    @given(
        st.integers(0, len(usual)),
        st.one_of(
            st.binary(max_size=6),
            st.sampled_from(
                [b"%", b"%ff%fe", b"%00", b"&&==", b"&limit=5", b"9" * 5_000, b"[" * 400]
            ),
        ),
        st.booleans(),
    )
    def it_is(place: int, other: bytes, is_quoted: bool) -> None:
        written = usual[:place] + other + usual[place:]
        kept = b"=&%" if is_quoted else b'=&%{}":,[]'
        target = f"{path}?{quote_from_bytes(written, safe=kept)}"
        method = "GET" if path.startswith("/v1") else "POST"
        is_no_defect(caller.ask_raw(target, b'{"query": {}}', method))
        if path.endswith("lock/nix"):
            caller.ask(f"{BASE}unlock/nix")

    it_is()


def test_what_was_acknowledged_is_there_as_it_was_sent(caller: Caller) -> None:
    @settings(max_examples=times(EXAMPLES))
    @given(st.dictionaries(st.one_of(TEXTS, st.sampled_from(["name", "date", "location"])), VALUES))
    def it_is(document: dict[str, Any]) -> None:
        sent = {**document, "id": 77}
        operation = {"create": {"_index": "Datafile", "_id": 77, "doc": sent}}
        reply = caller.modify(operation)
        is_no_defect(reply)
        if reply.status == 204:
            caller.done("commit")
            found = caller.ask(f"{BASE}Datafile/documents", {"ids": [77]}).content["documents"]
            assert [each["_source"] for each in found] == [as_kept(sent)]

    it_is()


def as_kept(value: Any) -> Any:
    """Integers of more than 64 bits are doubles, and those have one zero."""
    match value:
        case bool():
            return value
        case int():
            return value if -(2**63) <= value < 2**64 else float(value)
        case list():
            return [as_kept(each) for each in value]
        case dict():
            return {key: as_kept(each) for key, each in value.items()}
        case _:
            return value
