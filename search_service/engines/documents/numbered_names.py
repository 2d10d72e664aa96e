"""Names that differ from others by their last number alone, as those of a dataset's files do.

What scan_00041.nxs becomes is what scan_00007.nxs became with another number in its places: as it
is written, and in parts without leading zeros. So a *template* is made of a number that stands for
all with as many digits. Only names are taken in which nothing else can depend on the
number, and digits in words count as consonants whichever they are; a test compares names at random.
"""

import re
from dataclasses import dataclass

from search_service.engines.documents.texts import Analyse, Text

MOST = 20_000
"""Templates that are kept, and as many names that came once: some 20 MB, of usual ones 10."""

LONGEST = 160
"""Characters of a name: no word of it is cut, and readings are written whole."""

_DIGITS = "0123456789"
_FEWEST, _MOST = 3, 18  # digits: fewer could be the count of parts

# No point, comma or power of ten before the digits, or they would go on with a number; nothing that
# identifiers and quotes are made of. The digits end a word, so no stem is looked for.
_BEFORE = re.compile(r"[A-Za-z0-9_ -]*[A-Za-z_ -]")
_POWER = re.compile(r"[0-9][eE]-?\Z")
_BEHIND = re.compile(r"(?:\.[A-Za-z][A-Za-z0-9]*)?")

# Stand in a template for the digits as they are written, and without leading zeros.
_WRITTEN, _WHOLE = "\x00", "\x01"

_Key = tuple[str, int, str]  # what stands before the digits, how many they are, the extension


@dataclass(frozen=True, slots=True)
class _Template:
    words: str
    synonyms: str
    parts: str

    def of(self, digits: str) -> Text:
        parts = self.parts.replace(_WHOLE, digits.lstrip("0") or "0")
        return self.words.replace(_WRITTEN, digits), self.synonyms, parts.replace(_WRITTEN, digits)


class NumberedNames:
    """Analyses names. For one thread."""

    def __init__(self, analyse: Analyse, longest_number: int) -> None:
        """``longest_number``: digits in the rules of synonyms, where a number may have some."""
        self._analyse = analyse
        self._fewest = max(_FEWEST, longest_number + 1)
        self._templates: dict[_Key, _Template | None] = {}  # None: there can be none
        self._once: set[_Key] = set()

    def text_of(self, name: str) -> Text:
        """What the name becomes: as it does by itself."""
        before, dot, behind = name.rpartition(".")
        if not dot:
            before, behind = behind, ""
        head = before.rstrip(_DIGITS)
        digits = before[len(head) :]
        if len(digits) < self._fewest:
            return self._analyse(name)
        key = head, len(digits), dot + behind
        template = self._templates.get(key)
        if template is not None:
            return template.of(digits)
        text = self._analyse(name)
        if key not in self._templates:
            self._note(key, digits, text)
        return text

    def __len__(self) -> int:
        """How many templates are kept, and names that came once."""
        return len(self._templates) + len(self._once)

    def _note(self, key: _Key, digits: str, text: Text) -> None:
        # Most heads of names that come once never come again.
        if key not in self._once:
            if len(self._once) >= MOST:
                self._once.clear()
            self._once.add(key)
            return
        self._once.discard(key)
        if len(self._templates) >= MOST:
            self._templates.clear()
        template = self._template(*key)
        self._templates[key] = template if template and template.of(digits) == text else None

    def _template(self, head: str, count: int, behind: str) -> _Template | None:
        """None where a name may be more than its letters and numbers."""
        if len(head) + count + len(behind) > LONGEST or count > _MOST:
            return None
        if not (_BEFORE.fullmatch(head) and _BEHIND.fullmatch(behind)) or _POWER.search(head):
            return None
        around = f"{head} {behind}"
        whole = next((d * (count - 1) for d in "98765" if d * (count - 1) not in around), None)
        if whole is None:
            return None
        words, synonyms, parts = self._analyse(f"{head}0{whole}{behind}")
        if not isinstance(words, str):
            return None
        return _Template(_with_places(words, whole), synonyms, _with_places(parts, whole))


def _with_places(text: str, whole: str) -> str:
    return text.replace(f"0{whole}", _WRITTEN).replace(whole, _WHOLE)
