"""What is kept is bounded by its bytes, however many or large the entries are."""

from hypothesis import given
from hypothesis import strategies as st

from search_service.bounded_cache import EACH, BoundedCache

MOST = 10 * EACH


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    cache: BoundedCache[str, str] = BoundedCache(3 * (EACH + 10))
    for key in "abc":
        cache.add(key, key.upper(), 10)
    assert cache.get("a") == "A"
    cache.add("d", "D", 10)
    assert [key for key in "abcd" if key in cache] == ["a", "c", "d"]


def test_an_entry_that_is_too_large_by_itself_is_kept_until_the_next_one() -> None:
    cache: BoundedCache[str, int] = BoundedCache(MOST)
    cache.add("large", 1, 100 * MOST)
    assert cache.get("large") == 1
    cache.add("small", 2, 1)
    assert (cache.get("large"), cache.get("small"), len(cache)) == (None, 2, 1)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2 * MOST))))
def test_the_bytes_are_those_of_the_entries_and_no_more_than_allowed(
    added: list[tuple[int, int]],
) -> None:
    cache: BoundedCache[int, int] = BoundedCache(MOST)
    weights: dict[int, int] = {}
    for key, weight in added:
        cache.add(key, weight, weight)
        weights[key] = weight
        kept = [known for known in weights if known in cache]
        assert cache.size == sum(weights[known] + EACH for known in kept)
        assert cache.size <= MOST or kept == [key]
        assert cache.get(key) == weight
