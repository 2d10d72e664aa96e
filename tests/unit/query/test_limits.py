"""Limits of a request: each is a setting, by the same name and with the same default."""

from dataclasses import asdict

import pytest

from search_service.app import query_limits
from search_service.errors import LimitExceeded
from search_service.query.limits import QueryLimits
from search_service.settings.model import Settings


def test_each_limit_is_a_setting_with_the_same_default() -> None:
    assert query_limits(Settings()) == QueryLimits()
    given = {name: most + 1 for name, most in asdict(QueryLimits()).items()}
    assert query_limits(Settings(**given)) == QueryLimits(**given)


def test_what_goes_beyond_a_limit_is_told_of_its_setting() -> None:
    limits = QueryLimits(max_fuzzy_words=2)
    limits.check("max_fuzzy_words", 2, "The text has 2 words with ~")
    with pytest.raises(LimitExceeded) as refused:
        limits.check("max_fuzzy_words", 3, "The text has 3 words with ~")
    assert str(refused.value) == (
        "The text has 3 words with ~, and at most 2 are allowed; ask for less, or have the setting "
        "max_fuzzy_words raised"
    )
