import random
from collections import Counter

import pytest

from search_service.demo import facility, vocabulary
from search_service.demo.chance import shares, skewed


def test_the_same_seed_makes_the_same_facility() -> None:
    assert list(facility.blocks(7, 0.05)) == list(facility.blocks(7, 0.05))


def test_another_seed_makes_another_facility() -> None:
    assert list(facility.blocks(7, 0.05)) != list(facility.blocks(8, 0.05))


@pytest.mark.parametrize(
    ("scale", "investigations", "datafiles"), [(0.01, 1, 500), (0.2, 20, 10_000)]
)
def test_the_scale_makes_it_smaller(scale: float, investigations: int, datafiles: int) -> None:
    counts: Counter[str] = Counter()
    for table, rows in facility.blocks(scale=scale):
        counts[table] += len(rows)
    assert (counts["INVESTIGATION"], counts["DATAFILE"]) == (investigations, datafiles)


def test_shares_are_unequal_none_empty_and_add_up() -> None:
    parts = shares(random.Random(1), 1_000, 50, spread=1.2)
    assert sum(parts) == 1_000
    assert min(parts) >= 1
    assert max(parts) > 5 * sorted(parts)[25]


def test_skewed_picks_earlier_ones_more_often() -> None:
    dice = random.Random(1)
    picked = Counter(skewed(dice, "abcd") for _ in range(1_000))
    assert picked["a"] > picked["b"] > picked["d"] > 0


def test_every_kind_of_material_has_a_topic() -> None:
    assert {m.kind for m in vocabulary.MATERIALS} == set(vocabulary.TOPICS)


def test_every_station_has_materials_techniques_and_quantities_that_exist() -> None:
    kinds = {m.kind for m in vocabulary.MATERIALS}
    techniques = {t.abbreviation for t in vocabulary.TECHNIQUES}
    for station in vocabulary.STATIONS:
        assert set(station.materials) <= kinds
        assert set(station.techniques) <= techniques
        for name in station.quantities:
            assert [quantity for quantity in vocabulary.QUANTITIES if quantity.goes_by(name)]
