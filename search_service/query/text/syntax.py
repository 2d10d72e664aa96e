r"""A person's text → a tree of what was typed, in the syntax of Lucene's flexible query parser.

Words, "phrases", ``field:word``, ``field:(…)``, groups, ``+ - ! NOT AND && OR ||``, ranges
``[a TO b] {a TO b}``, ``field>=word``, ``~`` for fuzziness and slop, ``^boost``, ``*`` and ``?``.
``AND`` does not bind tighter than ``OR``: it makes both its neighbours required, ``OR`` neither.

Two things are read as people type them. A ``/`` never starts a regular expression. A backslash
before a letter, a digit, ``_`` or the end is a path separator, and a drive's colon no field's, so
that ``C:\data\run1`` is a path. Otherwise a backslash escapes what follows.

Not here: what the words mean in each field, see ``analyse``.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from search_service.errors import UnreadableText
from search_service.query.limits import DEFAULTS, Name, QueryLimits
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
from search_service.query.text import patterns
from search_service.query.tree import ANY, ONE, Everything, Mark, Pattern

DEEPEST = 50
"""Groups within groups; a person writes three or four."""

MOST_EDITS = 2
MOST_MOVES = 1_000_000
LARGEST_BOOST = 1e6

SPACE = " \t\n\r\u3000"
_BREAKS = SPACE.replace(" ", r"\ ") + r'!():^<>=\[\]"{}~\\'
_ESCAPED = r"\\(?:.|\Z)"
# The engine of expressions remembers 400 bytes for each escaped character: see `_end_of_term`.
_REST = rf"[^{_BREAKS}]*(?:{_ESCAPED}[^{_BREAKS}]*){{0,100}}"
# A drive's colon is no field's, and neither is that of an address.
_START = r"[A-Za-z]:(?=[\\/])|(?:file|https?|s?ftp|smb|s3)://"
_TERM = rf"(?:{_START}|[^+\-{_BREAKS}]|{_ESCAPED}){_REST}"
_WHOLE_WORD = rf"(?=[{_BREAKS.removesuffix(chr(92) * 2)}]|\Z)"


class TokenKind(Enum):
    """What a piece of the text is."""

    AND = auto()
    OR = auto()
    NOT = auto()
    PLUS = auto()
    MINUS = auto()
    OPEN = auto()
    CLOSE = auto()
    COLON = auto()
    COMPARISON = auto()
    BOOST = auto()
    FUZZY = auto()
    QUOTED = auto()
    RANGE = auto()
    TERM = auto()
    END = auto()


_END = r'(?:"(?:[^"\\]|\\.)+"(?=[\s\]}])|[^\s\]}]+)'
_KINDS = {
    TokenKind.AND: rf"(?:&&|AND){_WHOLE_WORD}",
    TokenKind.OR: rf"(?:\|\||OR){_WHOLE_WORD}",
    TokenKind.NOT: rf"!|NOT{_WHOLE_WORD}",
    TokenKind.PLUS: r"\+",
    TokenKind.MINUS: r"-",
    TokenKind.OPEN: r"\(",
    TokenKind.CLOSE: r"\)",
    TokenKind.COMPARISON: r"<=|>=|<|>",
    TokenKind.COLON: r"[:=]",
    TokenKind.BOOST: r"\^[0-9]+(?:\.[0-9]+)?",
    TokenKind.FUZZY: r"~(?:[0-9]+(?:\.[0-9]+)?)?",
    TokenKind.QUOTED: r'"',
    TokenKind.RANGE: rf"[\[{{]\s*{_END}\s+(?:TO\s+)?{_END}\s*[\]}}]",
    TokenKind.TERM: _TERM,
}
_PIECE = re.compile("|".join(f"(?P<{kind.name}>{form})" for kind, form in _KINDS.items()), re.S)
_RANGE = re.compile(
    rf"(?P<open>.)\s*(?P<low>{_END})\s+(?:TO\s+)?(?P<high>{_END})\s*(?P<close>.)", re.S
)
_MORE_OF_TERM = re.compile(_REST, re.S)
_ESCAPED_OR_QUOTE = re.compile(r'\\.|"', re.S)
_CLOSES_PATH = re.compile(r'\\"(?=[\s)^~]|\Z)')
_SIGNS = re.compile(r"[\\*?]")
_SPACES = re.compile(f"[{SPACE}]*")


def parse(text: str, limits: QueryLimits = DEFAULTS) -> Parsed:
    """The tree of a text.

    Raises UnreadableText where the text has no meaning, LimitExceeded where it asks for too much.
    """
    text = text.rstrip(SPACE)
    return _Parser(text, limits).whole()


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: TokenKind
    text: str
    at: int


def _pieces(text: str) -> Iterator[_Piece]:
    at = _after_spaces(text, 0)
    while at < len(text):
        found = _PIECE.match(text, at)
        if found is None or found.lastgroup is None:
            raise UnreadableText(f"nothing begins with {text[at]!r} at {at}")
        kind = TokenKind[found.lastgroup]
        end = found.end()
        if kind is TokenKind.TERM:
            end = _end_of_term(text, end)
        elif kind is TokenKind.QUOTED:
            end = _end_of_quoted(text, at)
        yield _Piece(kind, text[at:end], at)
        at = _after_spaces(text, end)
    yield _Piece(TokenKind.END, "", at)


def _end_of_term(text: str, at: int) -> int:
    while text.startswith("\\", at) and (more := _MORE_OF_TERM.match(text, at)):
        at = more.end()
    return at


def _end_of_quoted(text: str, at: int) -> int:
    """Where a quote closes, at the first one after it that is not escaped.

    If there is none, a path that ends with a separator may have been meant by an escaped one.
    """
    end_of_path = None
    for found in _ESCAPED_OR_QUOTE.finditer(text, at + 1):
        if found.group() == '"':
            return found.end()
        if end_of_path is None and _CLOSES_PATH.match(text, found.start()):
            end_of_path = found.end()
    if end_of_path is None:
        raise UnreadableText(f"the quote at {at} is not closed")
    return end_of_path


def _after_spaces(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    return found.end() if found else at


class _Parser:
    """By recursive descent; ``_next`` is the piece that is not taken yet."""

    def __init__(self, text: str, limits: QueryLimits) -> None:
        self._pieces = _pieces(text)
        self._next = next(self._pieces)
        self._depth = 0
        self._limits = limits
        self._counts: Counter[Name] = Counter()

    def whole(self) -> Parsed:
        query = self._query(None)
        if self._next.kind is not TokenKind.END:
            raise self._unexpected("the end")
        return query

    def _take(self) -> _Piece:
        taken = self._next
        if taken.kind is not TokenKind.END:
            self._next = next(self._pieces)
        return taken

    def _take_if(self, *kinds: TokenKind) -> _Piece | None:
        return self._take() if self._next.kind in kinds else None

    def _unexpected(self, expected: str) -> UnreadableText:
        found = self._next
        what = "the text ends" if found.kind is TokenKind.END else f"there is {found.text!r}"
        return UnreadableText(f"expected {expected}, but {what} at {found.at}")

    def _query(self, field: str | None) -> Parsed:
        """Clauses up to the end of the text or of the group."""
        clauses = [self._clause(field)]
        while self._next.kind not in (TokenKind.END, TokenKind.CLOSE):
            if self._take_if(TokenKind.AND):
                clauses[-1] = clauses[-1].required()
                clauses.append(self._clause(field).required())
            else:
                self._take_if(TokenKind.OR)
                clauses.append(self._clause(field))
        return _joined(clauses)

    def _clause(self, field: str | None) -> "_Clause":
        self._count("max_text_words", "words, phrases and groups")
        sign = self._take_if(TokenKind.PLUS, TokenKind.MINUS, TokenKind.NOT)
        return _Clause(self._body(field), None if sign is None else sign.kind)

    def _body(self, field: str | None) -> Parsed:
        if self._next.kind is TokenKind.TERM:
            word = self._take()
            if comparison := self._take_if(TokenKind.COMPARISON):
                return self._compared(_literal(word.text), comparison.text)
            if not self._take_if(TokenKind.COLON):
                return self._word(field, word.text)
            field = _literal(word.text)
        return self._of_field(field)

    def _of_field(self, field: str | None) -> Parsed:
        match self._next.kind:
            case TokenKind.TERM:
                return self._word(field, self._take().text)
            case TokenKind.QUOTED:
                return self._phrase(field, self._take().text)
            case TokenKind.RANGE:
                return self._boosted(self._range(field, self._take().text))
            case TokenKind.OPEN:
                return self._group(field)
            case _:
                raise self._unexpected("a word, a phrase, a range or a group")

    def _count(self, name: Name, what: str, more: int = 1) -> None:
        self._counts[name] += more
        found = self._counts[name]
        self._limits.check(name, found, f"The text to search for has {found:,} or more {what}")

    def _group(self, field: str | None) -> Parsed:
        self._take()
        self._depth += 1
        if self._depth > DEEPEST:
            raise UnreadableText(f"more than {DEEPEST} groups within each other")
        query = self._query(field)
        if not self._take_if(TokenKind.CLOSE):
            raise self._unexpected("')'")
        self._depth -= 1
        return self._boosted(query)

    def _word(self, field: str | None, written: str) -> Parsed:
        fuzziness = self._take_if(TokenKind.FUZZY)
        boost = self._take_if(TokenKind.BOOST)
        if boost and not fuzziness:
            fuzziness = self._take_if(TokenKind.FUZZY)
        word = _word(field, written, fuzziness)
        match word:
            case MatchWildcard(_, pattern):
                self._count_wildcards(pattern)
            case MatchFuzzy(_, text, edits) if edits:
                self._count("max_fuzzy_words", "words with ~ that may be spelled otherwise")
                self._limits.check(
                    "max_fuzzy_length",
                    len(text),
                    f"A word with ~, to be spelled otherwise, has {len(text):,} letters",
                )
        return _with_boost(word, boost)

    def _count_wildcards(self, pattern: Pattern) -> None:
        marks = patterns.marks(pattern)
        self._limits.check(
            "max_word_wildcards", marks, f"A word to search for has {marks:,} wildcards"
        )
        # Words that begin so are together in a dictionary: all others are looked for in all of it.
        if not patterns.is_beginning(pattern):
            self._count("max_wildcard_words", "words with wildcards not only at the end")

    def _range(self, field: str | None, written: str) -> Parsed:
        self._count("max_word_ranges", "ranges of words")
        return _range(field, written)

    def _phrase(self, field: str | None, quoted: str) -> Parsed:
        slop = self._take_if(TokenKind.FUZZY)
        moves = int(min(float(slop.text[1:] or 0), MOST_MOVES)) if slop else 0
        self._count("max_text_words", "words, phrases and groups", len(quoted[1:-1].split()[1:]))
        return self._boosted(MatchPhrase(field, _literal(quoted[1:-1]), moves))

    def _boosted(self, query: Parsed) -> Parsed:
        return _with_boost(query, self._take_if(TokenKind.BOOST))

    def _compared(self, field: str, comparison: str) -> Parsed:
        piece = self._take_if(TokenKind.TERM, TokenKind.QUOTED)
        if piece is None:
            raise self._unexpected("a word to compare with")
        self._count("max_word_ranges", "ranges of words")
        written = piece.text[1:-1] if piece.kind is TokenKind.QUOTED else piece.text
        bound = _bound(written)
        inclusive = comparison.endswith("=")
        if comparison.startswith("<"):
            return MatchRange(field, None, bound, include_high=inclusive)
        return MatchRange(field, bound, None, include_low=inclusive)


@dataclass(frozen=True, slots=True)
class _Clause:
    query: Parsed
    sign: TokenKind | None

    def required(self) -> "_Clause":
        """As AND makes its neighbours, unless they have a sign of their own."""
        return _Clause(self.query, self.sign or TokenKind.PLUS)


def _joined(clauses: list[_Clause]) -> Parsed:
    if len(clauses) == 1 and clauses[0].sign is None:
        return clauses[0].query
    return ParsedBool(
        must=tuple(c.query for c in clauses if c.sign is TokenKind.PLUS),
        should=tuple(c.query for c in clauses if c.sign is None),
        must_not=tuple(c.query for c in clauses if c.sign in (TokenKind.MINUS, TokenKind.NOT)),
    )


def _with_boost(query: Parsed, boost: _Piece | None) -> Parsed:
    if boost is None:
        return query
    return ParsedBoost(query, min(float(boost.text[1:]), LARGEST_BOOST))


def _word(field: str | None, written: str, fuzziness: _Piece | None) -> Parsed:
    pattern = _unescaped(written)
    if patterns.marks(pattern):
        # A pattern has no fuzziness: it is ignored.
        return Everything() if (field, pattern) == ("*", (ANY,)) else MatchWildcard(field, pattern)
    text = "".join(str(part) for part in pattern)
    if fuzziness is not None:
        return MatchFuzzy(field, text, _edits(fuzziness, text))
    # The components of a path that is typed with backslashes are meant in their order.
    return MatchPhrase(field, text) if "\\" in text else Match(field, text)


def _edits(fuzziness: _Piece, text: str) -> int:
    """Edits; below 1 the number says how much of the word must be as typed, 0 all of it."""
    similarity = min(float(fuzziness.text[1:] or MOST_EDITS), MOST_MOVES)
    if similarity >= 1:
        if similarity % 1:
            raise UnreadableText(f"no whole number of edits in {fuzziness.text!r}")
        return int(min(similarity, MOST_EDITS))
    return min(int((1 - similarity) * len(text)), MOST_EDITS) if similarity else 0


def _range(field: str | None, written: str) -> Parsed:
    found = _RANGE.fullmatch(written)
    if found is None or "TO" in (found["low"], found["high"]):
        raise UnreadableText(f"no range in {written!r}")
    low, high = (
        _bound(end[1:-1] if len(end) > 1 and end[0] == end[-1] == '"' else end)
        for end in (found["low"], found["high"])
    )
    return MatchRange(field, low, high, found["open"] == "[", found["close"] == "]")


def _bound(written: str) -> str | None:
    return None if written == "*" else _literal(written)


# ── escapes ───────────────────────────────────────────────────────────────────────────────────────


def _unescaped(written: str) -> Pattern:
    if not _SIGNS.search(written):
        return (written,)
    parts: list[str | Mark] = []
    for character, is_literal in _characters(written):
        mark = None if is_literal else {"*": ANY, "?": ONE}.get(character)
        parts.append(character if mark is None else mark)
    return patterns.joined(parts)


def _literal(written: str) -> str:
    if "\\" not in written:
        return written
    return "".join(character for character, _ in _characters(written))


def _characters(written: str) -> Iterator[tuple[str, bool]]:
    """Each character, and whether it was escaped. A backslash that separates stays."""
    at = 0
    while at < len(written):
        character, after = written[at], written[at + 1 : at + 2]
        if character == "\\" and after and not (after.isalnum() or after == "_"):
            yield after, True
            at += 2
        else:
            yield character, character == "\\"
            at += 1
