"""Searches and facet requests that a made-up facility has answers to."""

from typing import Any

from hypothesis import strategies as st

from tests.support.facility import (
    DATES,
    DAY,
    FULL_NAMES,
    HIGHEST_ID,
    LOCATIONS,
    NAMES,
    NUMBERS,
    SIZES,
    TYPES,
    UNITS,
    USERS,
    WORDS,
)

TARGETS = st.sampled_from(["Investigation", "Dataset", "Datafile"])
SORTED_BY = ["name", "id", "fileSize", "date", "startDate", "investigation.id", "numericValue"]

Question = dict[str, Any]
"""The ``query`` object of a search."""


def sorts(least: int = 1) -> st.SearchStrategy[dict[str, str]]:
    """Fields with directions, in an order of precedence."""
    keys = st.tuples(st.sampled_from(SORTED_BY), st.sampled_from(["asc", "desc"]))
    return st.lists(keys, min_size=least, max_size=3).map(dict)


def _texts() -> st.SearchStrategy[str]:
    phrase = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(
        lambda words: f'"{" ".join(words)}"'
    )
    field = st.sampled_from(["name", "title", "description", "sample.name", "summary"])
    clause = st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from(WORDS),
        phrase,
        st.builds(lambda name, word: f"{name}:({word})", field, st.sampled_from(WORDS)),
        st.sampled_from(
            [
                "*",
                "*:*",
                "sc*",
                "*ro?",
                "sca~",
                "silkk~1",
                "title:berylium~",
                "scan_5.nxs",
                "name:[a TO c]",
            ]
        ),
        st.sampled_from(LOCATIONS),
    )
    signed = st.builds(
        lambda sign, found: sign + found, st.sampled_from(["", "", "+", "-"]), clause
    )
    between = st.sampled_from([" ", " ", " AND ", " OR "])
    return st.builds(
        lambda first, rest: first + "".join(sign + found for sign, found in rest),
        clause,
        st.lists(st.tuples(between, signed), max_size=3),
    )


def _parameters() -> st.SearchStrategy[Question]:
    values = st.one_of(
        st.just({}),
        st.builds(lambda value: {"stringValue": value}, st.sampled_from(["scan*", "*", *NAMES])),
        st.builds(
            lambda low, high: {"lowerNumericValue": low, "upperNumericValue": high},
            st.sampled_from(NUMBERS),
            st.sampled_from(NUMBERS),
        ),
        st.just({"lowerDateValue": 0, "upperDateValue": DAY}),
    )
    name = st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from([*TYPES, "*", "t*"]),
            "units": st.sampled_from([*UNITS, "?K"]),
        },
    )
    return st.builds(lambda one, other: {**one, **other}, name, values)


def _filters() -> st.SearchStrategy[Question]:
    number = st.sampled_from(NUMBERS)
    condition = st.one_of(
        st.builds(lambda v: {"field": "type.name", "value": v}, st.sampled_from(TYPES)),
        st.builds(lambda v: {"field": "stringValue", "value": v}, st.sampled_from(NAMES)),
        st.builds(
            lambda v, units: {"field": "numericValue", "exact": v, "units": units},
            number,
            st.sampled_from(UNITS),
        ),
        st.builds(lambda v: {"field": "numericValue", "from": v}, number),
        st.builds(
            lambda v, units: {"field": "numericValue", "to": v, "units": units},
            number,
            st.sampled_from(UNITS),
        ),
    )
    group = st.lists(condition, min_size=1, max_size=2).map(lambda found: {"filter": found})
    return st.one_of(
        st.fixed_dictionaries({"datasetparameter": st.lists(group, min_size=1, max_size=2)}),
        st.builds(
            lambda v: {"datasetparameter.type.name": v},
            st.lists(st.sampled_from(TYPES), min_size=1, max_size=2),
        ),
        st.builds(
            lambda low, high: {"dataset.fileSize": {"from": low, "to": high}},
            st.sampled_from(SIZES),
            st.sampled_from(SIZES),
        ),
        st.just({"investigation.type.name": "commercial"}),
    )


def questions(target: str) -> st.SearchStrategy[Question]:
    """What may be asked of an entity; most have few conditions, so that something is found."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "text": _texts(),
        "user": st.sampled_from(USERS),
        "userFullName": st.sampled_from([*FULL_NAMES, "ada", "zoë OR mo"]),
        "lower": st.sampled_from([*DATES, "0000001010000"]),
        "upper": st.sampled_from([*DATES, "197001030000"]),
    }
    if target == "Dataset":
        optional |= {"parameters": st.lists(_parameters(), max_size=2), "filter": _filters()}
    some = st.lists(st.sampled_from(sorted(optional)), max_size=2, unique=True)
    return some.flatmap(lambda keys: st.fixed_dictionaries({key: optional[key] for key in keys}))


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, Question]:
    """An entity and what is asked of it."""
    target = draw(TARGETS)
    return target, draw(questions(target))


@st.composite
def facet_requests(draw: st.DrawFn) -> tuple[str, Question, list[Question]]:
    """An entity, the documents to count, and by what."""
    target = draw(st.sampled_from(["DatasetParameter", "Dataset", "Datafile"]))
    ids = st.lists(st.integers(1, HIGHEST_ID), max_size=HIGHEST_ID)
    of_target: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "DatasetParameter": {"dataset.id": ids, "type.name": st.sampled_from(TYPES)},
        "Dataset": {"investigation.id": ids, "id": ids, "fileSize": st.sampled_from(SIZES)},
        "Datafile": {"dataset.id": ids, "datafileFormat.name": st.just(["NeXus", "CBF"])},
    }
    query = draw(st.fixed_dictionaries({}, optional=of_target[target]))
    names = ["type.name", "stringValue", "datafileFormat.name", "sample.type.name"]
    dimensions: list[Question] = [
        {"dimension": name} for name in draw(st.sets(st.sampled_from(names)))
    ]
    for field, values in (("date", DATES), ("numericValue", NUMBERS)):
        low, high = sorted(draw(st.tuples(st.sampled_from(values), st.sampled_from(values))))
        ranges = [
            {"key": "low", "to": low},
            {"from": low, "to": high},
            {"key": "high", "from": high},
        ]
        dimensions.append({"dimension": field, "ranges": ranges})
    return target, query, dimensions
