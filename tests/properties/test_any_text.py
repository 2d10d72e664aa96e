"""Whatever is typed is searched for or refused with the one sentence."""

from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search_service.errors import BadRequest, LimitExceeded, UnreadableText
from search_service.query.limits import DEFAULTS
from search_service.query.parsed import Parsed
from search_service.query.text.syntax import DEEPEST, parse
from tests.support.facility import HIGHEST_ID, made_up
from tests.support.searching import PEER, PEOPLE, Searching
from tests.support.texts import any_text, nested_text

REFUSED = "Search term could not be parsed due to syntax errors"
TARGETS = st.sampled_from(["Investigation", "Dataset", "Datafile"])


@pytest.fixture(scope="module", params=[PEER, PEOPLE])
def facility(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Searching:
    directory = tmp_path_factory.mktemp("shards")
    return Searching.over_shards(directory, made_up(1), HIGHEST_ID, request.param)


def refusal(asking: Callable[[], object]) -> BadRequest | None:
    """What the caller is told; None when it is answered."""
    try:
        asking()
    except BadRequest as refused:
        return refused
    return None


@settings(max_examples=500)
@given(st.one_of(any_text(), nested_text()))
def test_any_text_is_a_tree_or_the_one_refusal(text: str) -> None:
    match refusal(lambda: parse(text)):
        case None:
            assert isinstance(parse(text), get_args(Parsed))
        case UnreadableText() as refused:
            assert refused.message == REFUSED
        case refused:
            assert isinstance(refused, LimitExceeded)  # of words, or wildcards


@settings(max_examples=200)
@given(st.one_of(any_text(), nested_text()), TARGETS, st.sampled_from(["text", "userFullName"]))
@example("(" * DEEPEST + "scan" + ")" * DEEPEST, "Investigation", "text")
@example("scan " * DEFAULTS.max_text_words, "Datafile", "text")
@example('"' + "scan silk " * (DEFAULTS.max_text_words // 2) + '"~9', "Datafile", "text")
@example("a" * (5 * DEFAULTS.max_text_length), "Datafile", "text")
@example("\\" * (5 * DEFAULTS.max_text_length), "Datafile", "text")
def test_any_text_is_searched_for_or_refused_in_a_sentence(
    facility: Searching, text: str, entity: str, key: str
) -> None:
    refused = refusal(lambda: facility.search(entity, {key: text}))
    assert refused is None or 0 < len(refused.message) < 200


@given(any_text(), st.sampled_from(["name", "units", "stringValue"]))
def test_so_is_any_pattern_of_a_parameter(facility: Searching, text: str, key: str) -> None:
    facility.search("Dataset", {"parameters": [{key: text}]})


@given(any_text(), any_text())
def test_any_value_of_a_filter_is_a_value_like_any_other(
    facility: Searching, value: str, other: str
) -> None:
    conditions = [{"field": "stringValue", "value": value}, {"field": "type.name", "value": other}]
    filter_ = {"dataset.type.name": [value, other], "datasetparameter": {"filter": conditions}}
    facility.search("Dataset", {"filter": filter_})
    facility.facets("DatasetParameter", {"type.name": value, "stringValue": [other]}, [])
