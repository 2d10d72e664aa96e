"""Conditions become trees over the documents of an entity and of those that join to it."""

import pytest

from analyzers.units import Units
from search_service.catalogue.entities import (
    DATAFILE,
    DATASET,
    DATASET_PARAMETER,
    INVESTIGATION,
    SAMPLE,
)
from search_service.catalogue.model import Entity
from search_service.errors import BadRequest
from search_service.query.conditions import filtered, having, in_period, with_parameter
from search_service.query.request.shapes import (
    Between,
    Equals,
    FieldCondition,
    FieldFilter,
    Filter,
    JoinedFilter,
    OwnFilter,
    ParameterCondition,
    Period,
    ValueCondition,
)
from search_service.query.tree import (
    ANY,
    Bool,
    Everything,
    Exact,
    ExactWildcard,
    Exists,
    Join,
    Nothing,
    NumberRange,
    Numbers,
    Query,
    Term,
)

FACETABLE = frozenset({"type.name", "stringValue", "sample.type.name"})
UNITS = Units()


def filters(target: Entity, condition: Filter) -> list[Query]:
    return filtered(target, condition, FACETABLE, UNITS)


def of_parameter(*conditions: FieldCondition) -> JoinedFilter:
    return JoinedFilter("datasetparameter", (conditions,))


def parameters(*queries: Query) -> Join:
    query = Bool(filter=queries) if queries else Everything()
    return Join("DatasetParameter", by="dataset.id", on="id", query=query)


# ── dates ─────────────────────────────────────────────────────────────────────────────────────────


def test_both_dates_lie_in_the_period() -> None:
    assert in_period(DATASET, Period(1, 2)) == [
        NumberRange("startDate", 1, 2),
        NumberRange("endDate", 1, 2),
    ]
    assert in_period(DATAFILE, Period(None, 2)) == [NumberRange("date", None, 2)]
    assert in_period(DATASET, Period()) == []


# ── parameters ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("condition", "queries"),
    [
        pytest.param(ParameterCondition(), (), id="any-parameter"),
        pytest.param(ParameterCondition("t"), (Exact("type.name", ("t",)),), id="name"),
        pytest.param(
            ParameterCondition("t*", "K"),
            (ExactWildcard("type.name", ("t", ANY)), Exact("type.units", ("K",))),
            id="pattern-and-units",
        ),
        pytest.param(ParameterCondition(value="*"), (Exists("stringValue"),), id="any-string"),
        pytest.param(ParameterCondition(units=""), (Nothing(),), id="an-empty-pattern"),
        pytest.param(
            ParameterCondition(value=Period(1, None)),
            (NumberRange("dateTimeValue", 1, None),),
            id="a-period",
        ),
        pytest.param(
            ParameterCondition(value=Between(1, 2.5)),
            (NumberRange("numericValue", 1, 2.5),),
            id="a-range",
        ),
    ],
)
def test_a_parameter(condition: ParameterCondition, queries: tuple[Query, ...]) -> None:
    assert with_parameter(DATASET, condition) == parameters(*queries)


# ── fields ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("condition", "query"),
    [
        pytest.param(
            FieldFilter("DATASET", "type.name", ("raw", "b")),
            Exact("type.name", ("raw", "b")),
            id="any-of-exact-values",
        ),
        pytest.param(FieldFilter("dataset", "type.name", ()), Nothing(), id="none-of-these"),
        pytest.param(FieldFilter("dataset", "name", ("a",)), Nothing(), id="not-facetable"),
        pytest.param(
            FieldFilter("dataset", "fileSize", (Between(1, 2), Between(9, None))),
            Bool(should=(NumberRange("fileSize", 1, 2), NumberRange("fileSize", 9, None))),
            id="any-of-ranges",
        ),
        pytest.param(FieldFilter("dataset", "unheard", (Between(1, 2),)), Nothing(), id="unknown"),
        pytest.param(
            OwnFilter("fileSize", (Between(1, None),)),
            NumberRange("fileSize", 1, None),
            id="own-range",
        ),
        pytest.param(
            FieldFilter("type", "id", (Between(1, 2),)), NumberRange("type.id", 1, 2), id="own-type"
        ),
        pytest.param(
            FieldFilter("sample", "id", (Between(1, 2),)),
            NumberRange("sample.id", 1, 2),
            id="own-id-of-another",
        ),
        pytest.param(OwnFilter("unheard", (Between(1, 2),)), Nothing(), id="unknown-own"),
    ],
)
def test_a_field_of_the_target(condition: Filter, query: Query) -> None:
    assert filters(DATASET, condition) == [query]


@pytest.mark.parametrize(
    ("target", "entity", "by", "on"),
    [
        (DATASET, "DatasetParameter", "dataset.id", "id"),
        (DATASET, "datasettechnique", "dataset.id", "id"),
        (DATAFILE, "DatasetTechnique", "dataset.id", "dataset.id"),
        (INVESTIGATION, "InvestigationInstrument", "investigation.id", "id"),
        (DATASET, "investigationinstrument", "investigation.id", "investigation.id"),
        (DATAFILE, "InvestigationParameter", "investigation.id", "investigation.id"),
        (DATASET, "sampleparameter", "sample.id", "sample.id"),
        (DATASET, "sample", "sample.id", "sample.id"),
        (INVESTIGATION, "Sample", "sample.investigation.id", "id"),
        (INVESTIGATION, "investigationsample", "investigation.id", "id"),
        (DATAFILE, "dataset", "id", "dataset.id"),
        (DATASET, "investigation", "id", "investigation.id"),
    ],
)
def test_how_a_filter_joins(target: Entity, entity: str, by: str, on: str) -> None:
    (found,) = filters(target, FieldFilter(entity, "type.name", ("a",)))
    assert isinstance(found, Join)
    assert (found.entity.lower(), found.by, found.on) == (entity.lower(), by, on)
    assert found.query == Exact("type.name", ("a",))
    assert not found.scored


def test_parameters_of_samples_join_to_an_investigation_through_both_kinds_of_samples() -> None:
    colour = FieldFilter("sampleparameter", "type.name", ("colour",))
    of_samples = Join("SampleParameter", "sample.id", "sample.id", Exact("type.name", ("colour",)))
    assert filters(INVESTIGATION, colour) == [
        Bool(
            should=(
                Join("Sample", by="sample.investigation.id", on="id", query=of_samples),
                Join("InvestigationSample", by="investigation.id", on="id", query=of_samples),
            )
        )
    ]


@pytest.mark.parametrize("entity", ["DatafileParameter", "Nonsense", ""])
def test_an_entity_that_does_not_join_is_told_with_those_that_do(entity: str) -> None:
    with pytest.raises(BadRequest) as refused:
        filters(DATASET, FieldFilter(entity, "type.name", ("a",)))
    assert "but Dataset can be filtered by its own fields and by those of Invest" in str(
        refused.value
    )
    assert "SampleParameter" in str(refused.value)


# ── joined documents ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("condition", "query"),
    [
        pytest.param(
            FieldCondition("type.name", "a"), Exact("type.name", ("a",)), id="a-facetable-string"
        ),
        pytest.param(
            FieldCondition("type.units", "K"), Exact("type.units", ("K",)), id="an-exact-string"
        ),
        pytest.param(FieldCondition("unheard", "a"), Nothing(), id="no-such-field"),
        pytest.param(
            FieldCondition("dateTimeValue", Equals(5.0)), Numbers("dateTimeValue", (5,)), id="date"
        ),
        pytest.param(
            FieldCondition("dateTimeValue", Between(None, 5), "K"),
            NumberRange("dateTimeValue", None, 5),
            id="a-date-has-no-units",
        ),
        pytest.param(
            FieldCondition("numericValue", Between(1, 2)),
            NumberRange("numericValue", 1, 2),
            id="a-range",
        ),
        pytest.param(
            FieldCondition("numericValue", Between(1, 2), "keV"),
            NumberRange("numericValueSI", 1.602176634e-16, 3.204353268e-16),
            id="a-range-in-si",
        ),
        pytest.param(
            FieldCondition("numericValue", Between(1, None), "counts"),
            Bool(filter=(NumberRange("numericValue", 1, None), Exact("type.units", ("counts",)))),
            id="a-range-in-units-that-do-not-convert",
        ),
        pytest.param(
            FieldCondition("numericValue", Equals(5)),
            Bool(
                should=(
                    Numbers("numericValue", (5,)),
                    Bool(
                        filter=(
                            NumberRange("rangeBottom", None, 5),
                            NumberRange("rangeTop", 5, None),
                        )
                    ),
                )
            ),
            id="a-number-or-a-stored-range",
        ),
        pytest.param(
            FieldCondition("numericValue", Equals(20), "celsius"),
            Bool(
                should=(
                    Numbers("numericValueSI", (293.15,)),
                    Bool(
                        filter=(
                            NumberRange("rangeBottomSI", None, 293.15),
                            NumberRange("rangeTopSI", 293.15, None),
                        )
                    ),
                )
            ),
            id="in-si",
        ),
    ],
)
def test_a_condition_of_a_joined_document(condition: FieldCondition, query: Query) -> None:
    assert filters(DATASET, of_parameter(condition)) == [parameters(query)]


def test_one_joined_document_meets_all_the_conditions_of_a_group() -> None:
    energy, high = FieldCondition("type.name", "energy"), FieldCondition("numericValue", Between(5))
    assert filters(DATASET, JoinedFilter("datasetparameter", ((energy, high), (energy,), ()))) == [
        parameters(Exact("type.name", ("energy",)), NumberRange("numericValue", 5, None)),
        parameters(Exact("type.name", ("energy",))),
        parameters(),
    ]


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (OwnFilter("fileSize", (Between(1, 1.5),)), "The range of fileSize should be a 64-bit"),
        (
            OwnFilter("name", (Between(1, 2),)),
            "compares name of Dataset with numbers, but it holds",
        ),
        (FieldFilter("type", "name", (Between(1, 2),)), "compares type.name of Dataset with numb"),
        (
            FieldFilter("typ", "id", (Between(1, 2),)),
            "The filter names the entity typ, but Dataset",
        ),
    ],
)
def test_what_is_wrong_with_a_range_is_said(condition: Filter, told: str) -> None:
    with pytest.raises(BadRequest) as refused:
        filters(DATASET, condition)
    assert told in refused.value.message


def test_without_groups_nothing_has_to_be_met() -> None:
    assert filters(DATASET, JoinedFilter("datasetparameter", ())) == []


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (FieldCondition("dateTimeValue", Equals(1.5)), "The value of dateTimeValue should be a 64"),
        (FieldCondition("dateTimeValue", Between(1, 1.5)), "The range of dateTimeValue should be"),
        (FieldCondition("type.name", Between(1, 2)), "with numbers, but it holds text"),
        (FieldCondition("type.name", Equals(1)), "compares type.name of DatasetParameter with"),
    ],
)
def test_comparisons_without_meaning_are_told(condition: FieldCondition, told: str) -> None:
    with pytest.raises(BadRequest) as refused:
        filters(DATASET, of_parameter(condition))
    assert told in str(refused.value)


def test_a_fraction_is_no_range_of_integers() -> None:
    with pytest.raises(BadRequest, match="The range of fileSize should be a 64-bit integer"):
        filters(DATASET, FieldFilter("dataset", "fileSize", (Between(1.5, 3),)))


# ── facets ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("entity", "condition", "query"),
    [
        pytest.param(DATASET, ValueCondition("id", (1, 2)), Numbers("id", (1, 2)), id="numbers"),
        pytest.param(SAMPLE, ValueCondition("id", (1,)), Nothing(), id="a-number-it-has-not"),
        pytest.param(DATASET, ValueCondition("id", ()), Nothing(), id="none-of-these"),
        pytest.param(
            DATASET, ValueCondition("type.name", ("a", "b")), Exact("type.name", ("a", "b")), id="f"
        ),
        pytest.param(DATASET, ValueCondition("name", ("scan",)), Term("name", "scan"), id="a-word"),
        pytest.param(
            DATASET_PARAMETER,
            ValueCondition("type.unitsSI", ("Joule",)),
            Exact("type.unitsSI", ("Joule",)),
            id="exact",
        ),
        pytest.param(
            DATASET, ValueCondition("beamline", ("i22",)), Exact("beamline", ("i22",)), id="unknown"
        ),
        pytest.param(DATASET, ValueCondition("id", ("5",)), Nothing(), id="a-string-for-a-number"),
    ],
)
def test_a_facet_condition(entity: Entity, condition: ValueCondition, query: Query) -> None:
    assert having(entity, condition, FACETABLE) == query
