"""Documents that are larger than any of a catalogue are refused, with the setting named."""

from typing import Any

import pytest

from search_service.catalogue.document_limits import DocumentLimits
from search_service.errors import LimitExceeded

LIMITS = DocumentLimits(
    size=2 << 20, document_fields=200, value_length=1_500_000, name_length=200, path_depth=1_500
)


@pytest.mark.parametrize(
    ("document", "setting"),
    [
        pytest.param({f"field{n}": n for n in range(201)}, "max_document_fields", id="fields"),
        pytest.param({"name": "x" * 1_500_001}, "max_value_length", id="a-long-text"),
        pytest.param({"unknown": "x" * 1_500_001}, "max_value_length", id="of-no-known-field"),
        pytest.param({"x" * 201: 1}, "max_name_length", id="a-long-name"),
        pytest.param({"location": "/a" * 1_501}, "max_path_depth", id="a-deep-path"),
        pytest.param({"location": "\\a" * 1_501}, "max_path_depth", id="of-windows"),
        pytest.param({"name": "x" * 1_200_000, "doi": "x" * 1_200_000}, "max_document", id="bytes"),
        pytest.param({"unknown": ["x" * 1_200_000] * 2}, "max_document", id="within-an-array"),
        pytest.param({"unknown": {"x": [1] * 1_200_000}}, "max_document", id="of-numbers"),
    ],
)
def test_what_is_too_large_is_refused_by_name(document: dict[str, Any], setting: str) -> None:
    with pytest.raises(LimitExceeded, match=f"Datafile 7 .*{setting}"):
        LIMITS.check("Datafile", 7, document)


def test_the_longest_that_is_allowed_is_taken() -> None:
    LIMITS.check("Datafile", 7, {f"field{n}": n for n in range(200)})
    LIMITS.check("Datafile", 7, {"name": "x" * 1_500_000, "location": "/a" * 1_499})
    LIMITS.check("Datafile", 7, {})


def test_what_a_catalogue_may_hold_is_far_below_the_limits() -> None:
    document = {
        "title": "t" * 255,
        "summary": "Spin order, by neutrons; " * 2_000,
        "location": "/" + "d/" * 2_040,
        "doi": "10.1234/" + "x" * 200,
    }
    DocumentLimits().check("Investigation", 7, document)


def test_the_name_of_an_entity_may_not_be_of_any_length() -> None:
    LIMITS.check_entity("Datafile")
    with pytest.raises(LimitExceeded, match="max_name_length"):
        LIMITS.check_entity("x" * 201)
