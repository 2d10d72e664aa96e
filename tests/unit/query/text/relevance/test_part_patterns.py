"""Patterns over parts."""

import pytest

from search_service.query.text.patterns import pattern_of_values as pattern
from search_service.query.text.relevance.part_patterns import extension, over_parts
from search_service.query.tree import (
    ANY,
    ONE,
    Bool,
    Characters,
    PartPatterns,
    Parts,
    PartWildcard,
    Query,
    children,
)


def some(*ways: Query) -> Bool:
    return Bool(should=ways)


def latin(*parts: object) -> PartWildcard:
    return PartWildcard(("name",), tuple(parts), Characters.LATIN)  # type: ignore[arg-type]


def digits(*parts: object) -> PartWildcard:
    return PartWildcard(("name",), tuple(parts), Characters.DIGITS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "query"),
    [
        ("*.EDF", Parts("name", (".edf",))),
        ("*.tar.gz", Bool(must=(Parts("name", ("tar", "gz")), Parts("name", (".gz",))))),
        ("*_004411_*", Parts("name", ("4411",))),
        ("*_scan_7_*", Parts("name", ("scan", "7"))),
        ("*absorption*", latin(ANY, "absorption", ANY)),
        ("Super*Cell", latin("super", ANY, "cell")),
        ("*88317", digits(ANY, "88317")),
        ("00317*", digits("317", ANY)),
        ("visit-*", Parts("name", ("visit",))),
        ("a*_7", Bool(must=(latin("a", ANY), Parts("name", ("7",))))),
    ],
)
def test_a_pattern_is_over_parts(written: str, query: Query) -> None:
    assert over_parts("name", pattern(written)) == query


def test_parts_with_marks_follow_on() -> None:
    wanted = PartPatterns(
        "name",
        (
            (("scan",), Characters.LATIN),
            (("4", ONE), Characters.DIGITS),
            (("nxs",), Characters.LATIN),
        ),
    )
    assert over_parts("name", pattern("scan_4?.nxs")) == wanted


def test_after_a_year_and_a_month_a_day_has_two_digits() -> None:
    months = ((("2022",), Characters.DIGITS), (("3",), Characters.DIGITS))
    assert over_parts("name", pattern("2022-03-0*")) == PartPatterns(
        "name", (*months, ((ONE,), Characters.DIGITS))
    )


def test_zeros_before_a_mark_may_stand_for_fewer_digits() -> None:
    assert over_parts("name", pattern("00??")) == some(digits(ONE), digits(ONE, ONE))


def test_a_mark_between_letters_and_digits_belongs_to_either_or_parts_them() -> None:
    found = over_parts("name", pattern("run?7"))
    assert found == some(
        PartPatterns("name", ((("run", ONE), Characters.LATIN), (("7",), Characters.DIGITS))),
        Parts("name", ("run", "7")),
        PartWildcard(("name",), ("run", ONE, "7")),
    )


@pytest.mark.parametrize("written", ["*", "?", "*_*", "*(*"])
def test_a_pattern_without_text_asks_for_no_part(written: str) -> None:
    assert over_parts("name", pattern(written)) is None


def test_only_a_bare_star_before_it_makes_an_extension() -> None:
    assert extension(pattern("*.edf")) == "edf"
    assert extension(pattern("scan*.edf")) is None
    assert extension(pattern("*edf")) is None


def test_ways_to_write_the_numbers_of_a_pattern_do_not_multiply_without_end() -> None:
    assert nodes(over_parts("name", pattern("0????a" * 2))) < 200
    assert nodes(over_parts("name", pattern("0????a" * 12))) < 200


def nodes(query: Query | None) -> int:
    return 0 if query is None else 1 + sum(map(nodes, children(query)))
