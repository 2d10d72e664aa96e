"""Why a document is found or not, as any engine says it."""

from typing import Any

import pytest

from search_service.errors import BadRequest
from tests.support.front_ends import FrontEnd

ADA: dict[str, Any] = {"user": "ada"}


def test_a_document_that_is_found_is_said_to_be(front_end: FrontEnd) -> None:
    found = front_end.explain("investigation", **ADA, text="neutron secretium", id=1)
    assert found["document"]["is_found"]
    assert found["document"]["verdict"] == "Investigation 1 is found"


def test_the_score_is_that_of_the_search(front_end: FrontEnd) -> None:
    (hit,) = front_end.search("investigation", **ADA, text="neutron scattering")["hits"]
    found = front_end.explain("investigation", **ADA, text="neutron scattering", id=hit["id"])
    assert found["document"]["score"] == pytest.approx(hit["score"], rel=1e-5)


@pytest.mark.parametrize(
    ("asked", "id_", "why"),
    [
        pytest.param({"text": "secretium"}, 2, "whoever searches may not see it", id="hidden"),
        pytest.param({"text": "secretium"}, 1, "it does not meet the text", id="another-word"),
        pytest.param({"text": "neutron"}, 99, "is not in the index", id="not-there"),
        pytest.param(
            {"text": "neutron", "filter": {"investigation.type.name": "proprietary"}},
            1,
            "it does not meet the filter investigation.type.name",
            id="a-filter",
        ),
        pytest.param(
            {"text": "neutron", "lower": 5_000, "upper": 6_000},
            1,
            "it does not meet the lower and upper",
            id="a-period",
        ),
        pytest.param(
            {"parameters": [{"name": "temperature"}]},
            1,
            "it does not meet the parameter temperature",
            id="a-parameter",
        ),
    ],
)
def test_a_document_that_is_not_found_tells_why(
    front_end: FrontEnd, asked: dict[str, Any], id_: int, why: str
) -> None:
    found = front_end.explain("investigation", **ADA, **asked, id=id_)
    assert not found["document"]["is_found"]
    assert found["document"]["score"] is None
    assert why in found["document"]["verdict"]


def test_a_text_that_is_read_with_other_letters_says_so(front_end: FrontEnd) -> None:
    found = front_end.explain("investigation", **ADA, text="neturon", id=1)
    assert found["is_respelled"]
    assert found["document"]["is_found"]
    assert [one["matches"] for one in found["document"]["conditions"]] == [True]


def test_an_id_that_is_none_is_refused(front_end: FrontEnd) -> None:
    with pytest.raises(BadRequest):
        front_end.explain("dataset", **ADA, text="a", id="1")
