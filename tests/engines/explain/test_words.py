"""How the words of a text were understood, as any engine says it."""

from typing import Any

import pytest

from tests.support.front_ends import FrontEnd

ADA: dict[str, Any] = {"user": "ada"}


def test_a_word_tells_in_which_fields_the_document_has_it_and_in_how_many_it_is(
    front_end: FrontEnd,
) -> None:
    found = front_end.explain("investigation", **ADA, text="neutron secretium", id=1)
    neutron, secretium = found["words"]
    assert (neutron["typed"], neutron["matches"]) == ("neutron", True)
    matched = {field for leaf in neutron["leaves"] for field in leaf["matched"]}
    assert matched == {"title"}
    assert (secretium["matches"], secretium["documents"], secretium["in_all"]) == (False, 0, 1)


def test_a_word_of_a_sample_is_told_with_the_entity_that_has_it(front_end: FrontEnd) -> None:
    found = front_end.explain("investigation", **ADA, text="wafer", id=1)
    (word,) = found["words"]
    assert word["matches"]
    assert ("Sample", ["sample.name"]) in [
        (leaf["entity"], leaf["matched"]) for leaf in word["leaves"]
    ]


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        pytest.param("neutron wafer", "2 words, without any syntax", id="words"),
        pytest.param("/data/vis1/silicon_6.nxs", "a path: /data/vis1/silicon_6.nxs", id="path"),
        pytest.param(
            "+neutron -title:wafer",
            "Lucene's query syntax: (all of [neutron] and none of [title: wafer])",
            id="syntax",
        ),
        pytest.param("https://doi.org/10.5072/A.1", "a DOI: 10.5072/a.1", id="doi"),
    ],
)
def test_what_a_text_was_taken_for_is_said(front_end: FrontEnd, text: str, read_as: str) -> None:
    found = front_end.explain("datafile", **ADA, text=text)
    assert found["read_as"] == read_as
