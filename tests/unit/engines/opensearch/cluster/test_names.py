import pytest

from search_service.engines.opensearch.cluster.names import IndexName, Names

NAMES = Names("icat")


def test_searches_read_an_alias_and_never_an_index() -> None:
    assert NAMES.searched("DatasetParameter") == "icat-datasetparameter"
    assert NAMES.index(7, "DatasetParameter") == "icat-000007-datasetparameter-1"


def test_the_name_of_an_index_says_what_is_in_it() -> None:
    name = NAMES.index(12, "Datafile", edition=3)
    assert NAMES.parsed(name) == IndexName(generation=12, entity="datafile", edition=3)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("icat-datafile", id="an-alias"),
        pytest.param("icat-control", id="what-services-agree-on"),
        pytest.param("icat-000001-datafile-1-write", id="an-alias-for-writing"),
        pytest.param("icat-2-000001-datafile-1", id="of-a-longer-prefix"),
        pytest.param("other-000001-datafile-1", id="of-another-prefix"),
    ],
)
def test_what_is_no_index_of_documents_is_told(name: str) -> None:
    assert NAMES.parsed(name) is None


def test_a_prefix_is_no_expression() -> None:
    assert Names("i.at").parsed("icat-000001-datafile-1") is None
