import random

import pytest

from load_tests.profiles.hostile_bodies import EXPENSIVE, GREEDY, MALFORMED

MOST = 2_000_000
EVERY = {**EXPENSIVE, **GREEDY, **MALFORMED}


@pytest.mark.parametrize("name", EVERY)
def test_a_hostile_request_is_bounded_too(name: str) -> None:
    request = EVERY[name](random.Random(1))
    assert len(request.body) <= MOST
    assert request.target.startswith(("/icat.lucene", "/v1"))
    assert request.target.isascii()
    assert '"' not in request.target
