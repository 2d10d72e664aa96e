"""Trees in words."""

import pytest

from search_service.query.id_set import IdSet
from search_service.query.in_words import leaf_words, says, says_parsed
from search_service.query.parsed import (
    Match,
    MatchPhrase,
    MatchRange,
    MatchWildcard,
    Parsed,
    ParsedBool,
    ParsedBoost,
)
from search_service.query.tree import (
    ANY,
    Bool,
    Boost,
    Constant,
    Everything,
    Exact,
    Exists,
    Fuzzy,
    Join,
    Nothing,
    NumberRange,
    Numbers,
    Parts,
    Phrase,
    Query,
    SynonymGroup,
    Term,
    Wildcard,
)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (Term("title", "neutron"), "title has the word “neutron”"),
        (Phrase("title", ((0, "a"), (1, "b"))), "title has words in order “a b”"),
        (Parts("name", ("xb07", "4411")), "name has parts of a name “xb07 4411”"),
        (SynonymGroup("title", ("be", "beryllium")), "title has synonyms “be = beryllium”"),
        (Wildcard("name", ("sc", ANY)), "name has words like “sc*”"),
        (Fuzzy("name", "neturon", 2), "name has a word, up to 2 letters off “neturon”"),
        (Exact("type.name", ("raw",)), "type.name has the whole value “raw”"),
        (NumberRange("date", 1, None), "date is between 1 and any"),
        (Numbers("id", (1, 2)), "id is 1, 2"),
        (Numbers("id", IdSet.of(range(1000))), "id is one of 1,000 numbers"),
        (Exists("doi"), "doi has a value"),
        (Everything(), "any document"),
        (Nothing(), "no document: nothing can match this"),
        (Boost(Everything(), 0.5), "counts 0.5 times:"),
        (Constant(Everything(), 40), "scores 40, however well it is met:"),
        (
            Join("Sample", "sample.id", "sample.id", Everything()),
            "sample.id is the sample.id of a document of Sample of which holds:",
        ),
        (Bool(should=(Everything(),)), "any of:"),
        (Bool(must=(Everything(),)), "all of:"),
        (
            Bool(must=(Everything(),), must_not=(Everything(),)),
            "all that is required; and none of what is excluded",
        ),
    ],
)
def test_a_node_is_a_sentence(query: Query, sentence: str) -> None:
    assert says(query) == sentence


def test_what_asks_for_no_word_has_no_words() -> None:
    assert leaf_words(Everything()) is None
    assert leaf_words(Bool()) is None


@pytest.mark.parametrize(
    ("parsed", "sentence"),
    [
        (Match(None, "neutron"), "neutron"),
        (MatchPhrase("title", "a b", 3), 'title: "a b" with its words up to 3 places apart'),
        (MatchWildcard("name", ("sc", ANY)), "name: sc*"),
        (MatchRange("name", "a", None), "name: from a to any"),
        (ParsedBoost(Match(None, "a"), 3), "3 times a"),
        (
            ParsedBool(must=(Match(None, "a"),), should=(Match(None, "b"), Match(None, "c"))),
            "(all of [a] and any of [b; c])",
        ),
    ],
)
def test_a_parsed_text_is_a_line(parsed: Parsed, sentence: str) -> None:
    assert says_parsed(parsed) == sentence
