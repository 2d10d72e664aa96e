"""What a fuzzer found of interest, tried again: each input ends soon, and in nothing undeclared."""

from pathlib import Path

import pytest

from tests.hostile.fuzzing.targets import TARGETS

CORPUS = Path(__file__).with_name("corpus")


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_inputs_of_a_corpus_end_in_a_result_or_in_what_is_declared(name: str) -> None:
    inputs = sorted((CORPUS / name).iterdir())
    assert inputs
    for path in inputs:
        TARGETS[name](path.read_bytes())


def test_a_corpus_is_of_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
