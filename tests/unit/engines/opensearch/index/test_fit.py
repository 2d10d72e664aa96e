from dataclasses import replace
from pathlib import Path

import pytest

from analyzers import SEPARATORS
from search_service.engines.config import IndexConfig
from search_service.engines.fit import check_fit
from search_service.engines.opensearch.index.fit import fit_of
from search_service.errors import DoesNotFit

CONFIG = IndexConfig(frozenset({"type.name"}), "", SEPARATORS)
PLACE = Path("an index")


def test_an_index_fits_the_settings_that_it_was_written_with() -> None:
    check_fit(PLACE, fit_of(CONFIG), fit_of(replace(CONFIG)))


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (replace(CONFIG, facetable=frozenset({"stringValue"})), "facet_fields"),
        (replace(CONFIG, separators="/"), "path_separators"),
        (replace(CONFIG, units="K: kelvin"), "units"),
    ],
)
def test_other_settings_do_not_fit_and_are_named(other: IndexConfig, named: str) -> None:
    with pytest.raises(DoesNotFit, match=named):
        check_fit(PLACE, fit_of(CONFIG), fit_of(other))


def test_an_index_of_another_engine_does_not_fit() -> None:
    with pytest.raises(DoesNotFit, match="installed is opensearch 3"):
        check_fit(PLACE, replace(fit_of(CONFIG), engine="tantivy 0.27"), fit_of(CONFIG))


def test_other_content_of_the_same_mapping_does_not_fit() -> None:
    with pytest.raises(DoesNotFit, match="another schema or text analysis"):
        check_fit(PLACE, replace(fit_of(CONFIG), fingerprint="0"), fit_of(CONFIG))
