"""What an index in a cluster must have been written with."""

import hashlib

from search_service.catalogue.entities import ENTITIES
from search_service.engines.config import IndexConfig
from search_service.engines.documents.analysis import analysis_of, settings_of
from search_service.engines.fit import Fit
from search_service.engines.opensearch.index.mapping import body_of

ENGINE = "opensearch 3"

LAYOUT = 1
"""Goes up when the same mapping gets other content, so that an index can tell."""

FORMAT = 1
"""Of what is kept in a cluster beside documents."""


def fit_of(config: IndexConfig) -> Fit:
    """What the indices must have been written with."""
    mapped = {entity.name: body_of(entity.name, config)["mappings"] for entity in ENTITIES}
    declared = repr((ENTITIES, mapped, analysis_of(config), LAYOUT))
    fingerprint = hashlib.sha256(declared.encode()).hexdigest()[:16]
    return Fit(fingerprint, settings_of(config), ENGINE, FORMAT)
