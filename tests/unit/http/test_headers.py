"""What is read from the headers of a request."""

import pytest

from search_service.http.headers import Headers


def test_a_name_has_all_its_values_in_their_order() -> None:
    headers = Headers([(b"x", b"1"), (b"y", b"2"), (b"x", b" 3 ")])
    assert headers.all("x") == ["1", " 3 "]
    assert headers.all("z") == []


@pytest.mark.parametrize(
    ("values", "one"),
    [
        pytest.param([b" a "], "a", id="without-blanks-around"),
        pytest.param([], "", id="none"),
        pytest.param([b"a", b"a"], "", id="several-though-equal"),
        pytest.param([b"\xe9\xff"], "éÿ", id="any-bytes"),
    ],
)
def test_the_only_value_counts_alone(values: list[bytes], one: str) -> None:
    assert Headers([(b"x", value) for value in values]).one("x") == one


def test_a_header_without_a_value_is_there() -> None:
    headers = Headers([(b"x", b"")])
    assert "x" in headers
    assert "y" not in headers
