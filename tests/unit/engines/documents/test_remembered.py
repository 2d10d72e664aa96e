from search_service.engines.documents.remembered import LONGEST, Remembered


def upper(made: list[str], most: int = 10_000) -> Remembered[str, str]:
    """Remembers upper case; ``made``: what was asked for the first time."""

    def make(key: str) -> str:
        made.append(key)
        return key.upper()

    return Remembered(make, lambda key, value: len(key) + len(value), most)


def test_a_value_is_made_once() -> None:
    made: list[str] = []
    remembered = upper(made)
    assert [remembered["a"], remembered["b"], remembered["a"]] == ["A", "B", "A"]
    assert made == ["a", "b"]


def test_when_it_is_full_it_begins_anew() -> None:
    made: list[str] = []
    remembered = upper(made, most=1_000)
    values = [f"{number:05d}" for number in range(100)]
    assert [remembered[value] for value in 2 * values] == 2 * values
    assert len(remembered) < 10
    assert made == 2 * values


def test_what_is_long_is_not_kept() -> None:
    made: list[str] = []
    remembered = upper(made)
    assert remembered["a" * LONGEST] == remembered["a" * LONGEST] == "A" * LONGEST
    assert len(made) == 2
    assert not remembered
