"""A tree in words, node by node, for a person who asks how a search was understood.

Of a parsed text, and of the analysed tree that an engine carries out. Not here: whether a document
matches a node, see ``service.searching.explain``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

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
from search_service.query.text.classify import Doi, Extension, PastedPath, PlainWords, TypedText
from search_service.query.tree import (
    Bool,
    Boost,
    Constant,
    Everything,
    Exact,
    ExactWildcard,
    Exists,
    Fuzzy,
    Join,
    Mark,
    Nothing,
    NumberRange,
    Numbers,
    PartFuzzy,
    PartPatterns,
    Parts,
    PartWildcard,
    Pattern,
    Phrase,
    Query,
    SynonymGroup,
    SynonymTerm,
    Term,
    Wildcard,
    WordRange,
)

_MOST_VALUES = 5


@dataclass(frozen=True, slots=True)
class LeafWords:
    """What a leaf looks for: ``how`` (`word`, `synonym`, `parts` …), ``what``, in which fields."""

    how: str
    what: str
    fields: tuple[str, ...]


def leaf_words(query: Query) -> LeafWords | None:
    """Of a leaf that looks for something of a text; None of any other node.

    >>> leaf_words(Term("title", "neutron"))
    LeafWords(how='word', what='neutron', fields=('title',))
    """
    match query:
        case Term(field, word):
            return LeafWords("word", word, (field,))
        case SynonymGroup(field, words):
            return LeafWords("synonyms", " = ".join(words), (field,))
        case SynonymTerm(field, word):
            return LeafWords("synonym", word, (field,))
        case Phrase(field, words, slop):
            near = f", up to {slop} places apart" if slop else ""
            return LeafWords("words in order", " ".join(word for _, word in words) + near, (field,))
        case Parts(field, parts):
            return LeafWords("parts of a name", " ".join(map(_part, parts)), (field,))
        case PartWildcard(fields, pattern):
            return LeafWords("parts like", _written(pattern), fields)
        case PartPatterns(field, patterns):
            written = " ".join(_written(pattern) for pattern, _ in patterns)
            return LeafWords("parts like", written, (field,))
        case PartFuzzy(field, part, edits):
            return LeafWords(f"a part, {_edits(edits)}", _part(part), (field,))
        case Wildcard(field, pattern):
            return LeafWords("words like", _written(pattern), (field,))
        case Fuzzy(field, word, edits):
            return LeafWords(f"a word, {_edits(edits)}", word, (field,))
        case WordRange(field, low, high):
            return LeafWords("words between", f"{_end(low)} and {_end(high)}", (field,))
        case Exact(field, values):
            return LeafWords("the whole value", _listed(values), (field,))
        case ExactWildcard(field, pattern):
            return LeafWords("a whole value like", _written(pattern), (field,))
        case Everything() | Nothing() | NumberRange() | Numbers() | Exists():
            return None
        case Join() | Bool() | Boost() | Constant():
            return None
        case _:
            assert_never(query)


def says(query: Query) -> str:
    """What a node asks of a document; its children are asked for themselves.

    >>> says(Term("title", "neutron"))
    'title has the word “neutron”'
    >>> says(Bool(must=(Term("a", "b"),), should=(Term("c", "d"),)))
    'all that is required; what is optional adds to the score'
    """
    match query:
        case Everything():
            return "any document"
        case Nothing():
            return "no document: nothing can match this"
        case NumberRange(field, low, high):
            return f"{field} is between {_end(low)} and {_end(high)}"
        case Numbers(field, values):
            found = list(values)
            if len(found) > _MOST_VALUES:
                return f"{field} is one of {len(found):,} numbers"
            return f"{field} is {_listed([str(value) for value in found])}"
        case Exists(field):
            return f"{field} has a value"
        case Join(entity, by, on):
            return f"{on} is the {by} of a document of {entity} of which holds:"
        case Bool(must, should, must_not, filters):
            return _group(must, should, must_not, filters)
        case Boost(_, factor):
            return f"counts {factor:g} times:"
        case Constant(_, score):
            return f"scores {score:g}, however well it is met:"
        case _:
            leaf = leaf_words(query)
            return "" if leaf is None else _says_leaf(leaf)


def says_typed(typed: TypedText) -> str:
    """What a text was taken for."""
    match typed:
        case Doi(doi):
            return f"a DOI: {doi}"
        case Extension(extension):
            return f"the extension of file names: .{extension}"
        case PlainWords(words, is_long):
            if is_long:
                return f"a pasted text of {len(words):,} words, looked for by some of them"
            return "a word" if len(words) == 1 else f"{len(words)} words, without any syntax"
        case PastedPath(path, None):
            return f"a path: {path.text}"
        case PastedPath(path, _):
            return f"a path: {path.text}, or what else it may say"
        case _:
            return f"Lucene's query syntax: {says_parsed(typed)}"


def says_parsed(parsed: Parsed) -> str:
    """A parsed text, in one line.

    >>> says_parsed(ParsedBool(must=(Match("title", "a"),), must_not=(MatchPhrase(None, "b c"),)))
    '(all of [title: a] and none of ["b c"])'
    """
    match parsed:
        case Match(field, text):
            return _in(field) + text
        case MatchPhrase(field, text, slop):
            near = f" with its words up to {slop} places apart" if slop else ""
            return f'{_in(field)}"{text}"{near}'
        case MatchWildcard(field, pattern):
            return _in(field) + _written(pattern)
        case MatchFuzzy(field, text, edits):
            return f"{_in(field)}{text}, {_edits(edits)}"
        case MatchRange(field, low, high):
            return f"{_in(field)}from {_end(low)} to {_end(high)}"
        case Everything():
            return "any document"
        case Nothing():
            return "no document"
        case ParsedBoost(inner, factor):
            return f"{factor:g} times {says_parsed(inner)}"
        case ParsedBool(must, should, must_not):
            clauses = (("all of", must), ("any of", should), ("none of", must_not))
            said = [
                f"{which} [{'; '.join(map(says_parsed, some))}]" for which, some in clauses if some
            ]
            return f"({' and '.join(said)})"
        case _:
            assert_never(parsed)


def _says_leaf(leaf: LeafWords) -> str:
    return f"{' or '.join(leaf.fields)} has {_article(leaf.how)}{leaf.how} “{leaf.what}”"


def _group(
    must: Sequence[Query],
    should: Sequence[Query],
    must_not: Sequence[Query],
    filters: Sequence[Query],
) -> str:
    parts = []
    if must or filters:
        parts.append("all that is required" if should or must_not else "all of:")
        if should:
            parts.append("what is optional adds to the score")
    elif should:
        parts.append("any of:")
    if must_not:
        parts.append("and none of what is excluded")
    return "; ".join(parts) or "no document: nothing can match this"


def _article(how: str) -> str:
    return "" if how.startswith(("a ", "the ", "words", "parts", "synonyms")) else "the "


def _part(part: str) -> str:
    """Without the sign that tells an extension or a DOI from a word."""
    return "".join(sign for sign in part if sign.isprintable())


def _written(pattern: Pattern) -> str:
    return "".join(part.sign if isinstance(part, Mark) else part for part in pattern)


def _edits(edits: int) -> str:
    return "one letter off" if edits == 1 else f"up to {edits} letters off"


def _end(value: object) -> str:
    return "any" if value is None else str(value)


def _in(field: str | None) -> str:
    return "" if field is None else f"{field}: "


def _listed(values: Sequence[str]) -> str:
    more = len(values) - _MOST_VALUES
    shown = ", ".join(values[:_MOST_VALUES])
    return f"{shown} and {more:,} more" if more > 0 else shown
