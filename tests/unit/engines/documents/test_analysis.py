"""An index can tell that other words are made than those that it holds."""

from hashlib import sha256
from pathlib import Path

from analyzers import (
    DEFAULT_ALIASES,
    SEPARATORS,
    VERSION,
    ancestors,
    components,
    file_name_parts,
    text_words,
)
from analyzers.parts import indexed
from search_service.engines.config import IndexConfig
from search_service.engines.documents.analysis import analysis_of

TEXTS = Path(__file__).with_name("data") / "texts.txt"


def indexed_words() -> str:
    """What documents with some hundred texts of all kinds are found by."""
    texts = TEXTS.read_text(encoding="utf-8").splitlines()
    made = [
        (text_words(one), indexed(one, whole=True), components(one), file_name_parts(one))
        for one in texts
    ]
    return sha256(repr([made, [ancestors(one) for one in texts]]).encode()).hexdigest()[:16]


def test_whoever_changes_the_words_of_documents_raises_the_version() -> None:
    recorded = {1: "dfcb32b2cc53f79c"}
    assert recorded.get(VERSION) == indexed_words(), (
        "documents get other words than before, so every index has to be built anew: raise VERSION "
        f"in analyzers/__init__.py, record {indexed_words()} for it here in place of the one "
        'before, and write "Re-index needed: yes" into CHANGELOG.md'
    )


def test_another_version_is_another_analysis() -> None:
    config = IndexConfig(frozenset(), DEFAULT_ALIASES, SEPARATORS)
    assert analysis_of(config, version=2) != analysis_of(config)
