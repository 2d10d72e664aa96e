import math
import struct
from collections.abc import Mapping
from typing import cast

import orjson
import pytest
import tantivy

from search_service.engines.embedded.index.doubles import readable

VALUES = {
    "the-largest": 1.7976931348623157e308,
    "the-lowest": -1.7976931348623157e308,
    "the-smallest": 5e-324,
    "the-smallest-normal": 2.2250738585072014e-308,
    "not-normal": 2.2250738585072011e-308,
    "below-zero": -0.0,
    "zero": 0.0,
    "a-third": 1 / 3,
    "a-sum": 0.1 + 0.2,
    "before-2-to-53": 2.0**53 - 1,
    "2-to-53": 2.0**53,
    "after-2-to-53": 2.0**53 + 2,
    "2-to-63": 2.0**63,
    "16-digits": 0.0029639343761665394,
    "a-large-16-digits": 8990640700392377.0,
    "a-tenth": 0.1,
    "1e22": 1e22,
    "1e23": 1e23,
}


def read(values: Mapping[int, float]) -> dict[int, float]:
    """What the engine keeps of values that are written so."""
    builder = tantivy.SchemaBuilder()
    builder.add_float_field("value", fast=True)
    builder.add_integer_field("place", fast=True)
    index = tantivy.Index(builder.build())
    writer = index.writer(15_000_000, 1)
    for place, value in values.items():
        writer.add_json(orjson.dumps({"place": place, "value": readable(value)}).decode())
    writer.commit()
    index.reload()
    searcher = index.searcher()
    hits = searcher.search(tantivy.Query.all_query(), limit=len(values)).hits
    addresses = [address for _, address in hits]
    places = cast(list[int], searcher.fast_field_values("place", addresses))
    found = cast(list[float], searcher.fast_field_values("value", addresses))
    return dict(zip(places, found, strict=True))


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_double_is_read_as_it_is(value: float) -> None:
    (found,) = read({0: value}).values()
    assert struct.pack("d", found) == struct.pack("d", value)


def test_of_all_doubles_at_most_one_in_two_hundred_is_read_as_its_neighbour() -> None:
    step = 0x9E3779B97F4A7C15  # goes through all bits
    patterns = (struct.pack("<Q", place * step % 2**64) for place in range(5000))
    doubles = [value for (value,) in map(struct.Struct("<d").unpack, patterns)]
    values = {place: value for place, value in enumerate(doubles) if math.isfinite(value)}
    found = read(values)
    others = {place for place, value in values.items() if found[place] != value}
    assert len(others) < len(values) / 200
    assert all(math.isclose(found[place], values[place], rel_tol=1e-15) for place in others)
