"""A person's text is read as this syntax means it, or refused where it means nothing."""

import tracemalloc
from contextlib import suppress

import pytest

from search_service.errors import LimitExceeded, UnreadableText
from search_service.query.limits import DEFAULTS, QueryLimits
from search_service.query.parsed import (
    Match,
    MatchFuzzy,
    MatchPhrase,
    MatchRange,
    MatchWildcard,
    Parsed,
    ParsedBool,
    ParsedBoost,
)
from search_service.query.text import syntax
from search_service.query.text.syntax import parse
from search_service.query.tree import ANY, ONE, Everything


def word(text: str, field: str | None = None) -> Match:
    return Match(field, text)


def phrase(text: str, field: str | None = None, slop: int = 0) -> MatchPhrase:
    return MatchPhrase(field, text, slop)


A, B, C, D = word("a"), word("b"), word("c"), word("d")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param("scan", word("scan"), id="one-word"),
        pytest.param("  scan \t\n", word("scan"), id="spaces-around"),
        pytest.param("a b", ParsedBool(should=(A, B)), id="words-are-optional"),
        pytest.param("a　b", ParsedBool(should=(A, B)), id="an-ideographic-space-divides"),
        pytest.param("+a -b c", ParsedBool((A,), (C,), (B,)), id="required-and-excluded"),
        pytest.param("+ a - b", ParsedBool((A,), (), (B,)), id="a-sign-may-stand-apart"),
        pytest.param("a AND b", ParsedBool((A, B)), id="and"),
        pytest.param("a && b", ParsedBool((A, B)), id="and-as-a-sign"),
        pytest.param("a OR b", ParsedBool(should=(A, B)), id="or"),
        pytest.param("a || b", ParsedBool(should=(A, B)), id="or-as-a-sign"),
        pytest.param("a NOT b", ParsedBool((), (A,), (B,)), id="not"),
        pytest.param("!b a", ParsedBool((), (A,), (B,)), id="not-as-a-sign"),
        pytest.param("a b AND c", ParsedBool((B, C), (A,)), id="and-requires-its-neighbours"),
        pytest.param("a OR b AND c", ParsedBool((B, C), (A,)), id="and-does-not-bind-tighter"),
        pytest.param("a AND b OR c", ParsedBool((A, B), (C,)), id="or-requires-nothing"),
        pytest.param("a AND b AND c", ParsedBool((A, B, C)), id="a-chain-of-and"),
        pytest.param("a AND b c AND d", ParsedBool((A, B, C, D)), id="two-pairs"),
        pytest.param("a AND NOT b", ParsedBool((A,), (), (B,)), id="and-keeps-an-exclusion"),
        pytest.param("-a AND b", ParsedBool((B,), (), (A,)), id="and-after-an-exclusion"),
        pytest.param(
            "a and b", ParsedBool(should=(A, word("and"), B)), id="operators-have-capitals"
        ),
        pytest.param("ANDROID", word("ANDROID"), id="a-word-that-begins-like-an-operator"),
        pytest.param("AND-1 NOTE", ParsedBool(should=(word("AND-1"), word("NOTE"))), id="and-1"),
        pytest.param("a&&b", word("a&&b"), id="signs-within-a-word"),
        pytest.param("foo-bar+x", word("foo-bar+x"), id="signs-inside-belong-to-the-word"),
    ],
)
def test_words_and_operators(text: str, tree: Parsed) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param("(a)", A, id="a-group-of-one"),
        pytest.param("((a))", A, id="twice"),
        pytest.param(
            "+(a b) -c", ParsedBool((ParsedBool(should=(A, B)),), (), (C,)), id="required"
        ),
        pytest.param("(-a) b", ParsedBool(should=(ParsedBool(must_not=(A,)), B)), id="exclusion"),
        pytest.param("(a b)^2", ParsedBoost(ParsedBool(should=(A, B)), 2.0), id="boosted"),
        pytest.param("name:a", word("a", "name"), id="field"),
        pytest.param("name=a", word("a", "name"), id="field-with-an-equals-sign"),
        pytest.param("name : a", word("a", "name"), id="spaces-around-the-colon"),
        pytest.param("type.name:a", word("a", "type.name"), id="a-dot-in-the-name"),
        pytest.param(
            "name:(a b)",
            ParsedBool(should=(word("a", "name"), word("b", "name"))),
            id="field-of-a-group",
        ),
        pytest.param(
            "name:(a title:b)",
            ParsedBool(should=(word("a", "name"), word("b", "title"))),
            id="the-inner-field-counts",
        ),
    ],
)
def test_groups_and_fields(text: str, tree: Parsed) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param('"a b"', phrase("a b"), id="phrase"),
        pytest.param('""', phrase(""), id="empty"),
        pytest.param(
            'title:"a b"~3^2', ParsedBoost(phrase("a b", "title", 3), 2.0), id="all-of-it"
        ),
        pytest.param(r'"say \"a\" b"', phrase('say "a" b'), id="quotes-inside"),
        pytest.param('"a* b?"', phrase("a* b?"), id="no-wildcards-inside"),
        pytest.param('"a AND b"', phrase("a AND b"), id="no-operators-inside"),
        pytest.param('"a"b', ParsedBool(should=(phrase("a"), B)), id="a-word-follows-at-once"),
    ],
)
def test_phrases(text: str, tree: Parsed) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param("a^2", ParsedBoost(A, 2.0), id="boost"),
        pytest.param("a^0.5 b", ParsedBool(should=(ParsedBoost(A, 0.5), B)), id="a-fraction"),
        pytest.param("scan~", MatchFuzzy(None, "scan", 2), id="two-edits-by-default"),
        pytest.param("scan~1", MatchFuzzy(None, "scan", 1), id="one-edit"),
        pytest.param("scan~7", MatchFuzzy(None, "scan", 2), id="at-most-two"),
        pytest.param("scan~0", MatchFuzzy(None, "scan", 0), id="none"),
        pytest.param("scan~0.5", MatchFuzzy(None, "scan", 2), id="half-of-it-may-differ"),
        pytest.param("scan~0.8", MatchFuzzy(None, "scan", 0), id="less-than-a-letter-may-differ"),
        pytest.param("scan~1^3", ParsedBoost(MatchFuzzy(None, "scan", 1), 3.0), id="then-boost"),
        pytest.param("scan^3~1", ParsedBoost(MatchFuzzy(None, "scan", 1), 3.0), id="boost-first"),
        pytest.param("sc*n?", MatchWildcard(None, ("sc", ANY, "n", ONE)), id="wildcards"),
        pytest.param("*scan", MatchWildcard(None, (ANY, "scan")), id="a-leading-one"),
        pytest.param("sc**n", MatchWildcard(None, ("sc", ANY, "n")), id="two-stars-are-one"),
        pytest.param("sc*~1", MatchWildcard(None, ("sc", ANY)), id="a-pattern-has-no-fuzziness"),
        pytest.param(r"sc\*n", word("sc*n"), id="an-escaped-star-is-a-star"),
        pytest.param("*", MatchWildcard(None, (ANY,)), id="any-word"),
        pytest.param("name:*", MatchWildcard("name", (ANY,)), id="any-word-of-a-field"),
        pytest.param("*:*", Everything(), id="everything"),
        pytest.param("/dls/i22", word("/dls/i22"), id="a-slash-begins-no-regular-expression"),
        pytest.param("/a.*/", MatchWildcard(None, ("/a.", ANY, "/")), id="nor-ends-one"),
    ],
)
def test_forms_of_a_word(text: str, tree: Parsed) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param("[a TO b]", MatchRange(None, "a", "b"), id="inclusive"),
        pytest.param("name:{a TO b}", MatchRange("name", "a", "b", False, False), id="exclusive"),
        pytest.param("[a TO b}", MatchRange(None, "a", "b", True, False), id="mixed"),
        pytest.param("[a b]", MatchRange(None, "a", "b"), id="without-to"),
        pytest.param("[ a  TO  b ]", MatchRange(None, "a", "b"), id="spaces"),
        pytest.param("[* TO b]", MatchRange(None, None, "b"), id="open-below"),
        pytest.param("[a TO *]", MatchRange(None, "a", None), id="open-above"),
        pytest.param('["a b" TO "c d"]', MatchRange(None, "a b", "c d"), id="quoted-ends"),
        pytest.param("[a TO b]^2", ParsedBoost(MatchRange(None, "a", "b"), 2.0), id="boosted"),
        pytest.param("name>a", MatchRange("name", "a", None, include_low=False), id="above"),
        pytest.param("name>=a", MatchRange("name", "a", None), id="from"),
        pytest.param("name<a", MatchRange("name", None, "a", include_high=False), id="below"),
        pytest.param("name <= a", MatchRange("name", None, "a"), id="to"),
    ],
)
def test_ranges(text: str, tree: Parsed) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (r"C:\data\run1", r"C:\data\run1"),
        (r'"C:\data\run1"', r"C:\data\run1"),
        (r"\\server\share", r"\server\share"),
        (r'"\\server\share\my data"', r"\server\share\my data"),
        (r"run1\scan.dat", r"run1\scan.dat"),
        (r"_a\_b", r"_a\_b"),
        (r"Prüfung\Überblick", r"Prüfung\Überblick"),
        ("C:\\data\\", "C:\\data\\"),
        ("C:\\data\\ ", "C:\\data\\"),
        ('"C:\\data\\"', "C:\\data\\"),
        (r"C\:\\data\\run1", r"C:\data\run1"),
        (r"my\ data\run", r"my data\run"),
        (r"\\isis\inst$\x\$y", r"\isis\inst$\x$y"),
    ],
)
def test_a_backslash_separates_a_path_where_it_escapes_nothing(text: str, path: str) -> None:
    assert parse(text) == phrase(path)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param(r"location:C:\data", phrase(r"C:\data", "location"), id="drive-after-a-field"),
        pytest.param("C:/data/run1", word("C:/data/run1"), id="drive-with-slashes"),
        pytest.param("location:C:/data", word("C:/data", "location"), id="both"),
        pytest.param("x:y", word("y", "x"), id="a-field-of-one-letter"),
        pytest.param("file:///data/x", word("file:///data/x"), id="an-address-is-a-word"),
        pytest.param("location://a", word("//a", "location"), id="a-field-is-no-scheme"),
    ],
)
def test_colons_and_quotes_of_paths(text: str, tree: Parsed) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "OR abc",
        "AND",
        "NOT",
        "abc AND",
        "abc OR OR abc",
        "&& a",
        "a && && b",
        "+",
        "+-a",
        "--a",
        "(abc",
        "abc)",
        "((",
        "()",
        "( )",
        '"abc',
        "name:",
        "name:+a",
        "field:(",
        "a:b:c",
        "name:>5",
        "^2",
        "a^",
        "a^ 2",
        "a^x",
        "a^-1",
        "~",
        "~1",
        "a~1.5",
        "(a)~1",
        "name:[",
        "[a TO",
        "{a TO b",
        "[a]",
        "[TO b]",
        "[a TO b",
        "a]",
        "a}",
        ":a",
        "<a",
    ],
)
def test_what_has_no_meaning_is_refused(text: str) -> None:
    with pytest.raises(UnreadableText) as refused:
        parse(text)
    assert str(refused.value) == "Search term could not be parsed due to syntax errors"
    assert refused.value.detail


def test_the_log_is_told_where_a_text_stops_to_make_sense() -> None:
    with pytest.raises(UnreadableText) as refused:
        parse("scan AND (dark")
    assert refused.value.detail == "expected ')', but the text ends at 14"


def test_groups_may_be_deep_but_not_without_end() -> None:
    deep = "(" * syntax.DEEPEST + "a" + ")" * syntax.DEEPEST
    assert parse(deep) == A
    with pytest.raises(UnreadableText):
        parse(f"({deep})")


LIMITS = QueryLimits(
    max_text_words=6,
    max_fuzzy_words=2,
    max_fuzzy_length=5,
    max_wildcard_words=2,
    max_word_wildcards=3,
    max_word_ranges=2,
)


@pytest.mark.parametrize(
    ("allowed", "refused", "setting"),
    [
        ("a b c d e f", "a b c d e f g", "max_text_words"),
        ("(a b) (c d)", "(a b) (c d) e", "max_text_words"),
        ('a "b c d e f"', 'a "b c d e f g"', "max_text_words"),
        ("a~ b~1 c~0", "a~ (b~ OR x:c~)", "max_fuzzy_words"),
        ("abcde~", "abcdef~", "max_fuzzy_length"),
        ("*a b?c d* *", "*a *b c?", "max_wildcard_words"),
        ("?a*b*", "?a*b*c*", "max_word_wildcards"),
        ("[a TO b] x:{c TO d}", "[a TO b] [c TO d] x>=e", "max_word_ranges"),
    ],
)
def test_what_a_text_asks_for_is_bounded(allowed: str, refused: str, setting: str) -> None:
    parse(allowed, LIMITS)
    with pytest.raises(LimitExceeded, match=f"the setting {setting} "):
        parse(refused, LIMITS)


def test_thousands_of_words_are_fine_and_far_more_are_told_of() -> None:
    text = "a " * DEFAULTS.max_text_words
    assert parse(text) == ParsedBool(should=(A,) * DEFAULTS.max_text_words)
    most = DEFAULTS.max_text_words
    sentence = f"has {most + 1:,} or more words.*at most {most:,} are"
    with pytest.raises(LimitExceeded, match=sentence):
        parse(text + "a")


@pytest.mark.parametrize("text", ["a^" + "9" * 400, '"a b"~' + "9" * 400, "a~" + "9" * 400])
def test_numbers_without_end_are_as_large_as_it_gets(text: str) -> None:
    parse(text)


def test_any_number_of_characters_may_be_escaped() -> None:
    assert parse(r"\!" * 1_000) == word("!" * 1_000)
    assert parse('"' + r"\"" * 1_000 + '"') == phrase('"' * 1_000)


@pytest.mark.parametrize("text", [r"\a" * 20_000, '"' + r"\a" * 20_000 + '"', '"' + r"\a" * 20_000])
def test_what_is_escaped_takes_no_memory_but_its_own(text: str) -> None:
    with suppress(UnreadableText):
        parse("a")
        tracemalloc.start()
        try:
            parse(text)
        finally:
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert most < 20 * len(text)
