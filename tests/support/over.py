"""Which engine a test runs over: shards of so many ids, dicts, or a cluster.

A fixture names them among its parameters: a number, None, or ``CLUSTER``, and asks ``over``.
"""

from collections.abc import Callable, Mapping
from typing import cast

import pytest

from search_service.engines.base import Document, Reader

_CLUSTER, _THREE_SHARDS = "cluster", "cluster, three shards"

CLUSTER = pytest.param(_CLUSTER, id="cluster", marks=pytest.mark.opensearch)
THREE_SHARDS = pytest.param(_THREE_SHARDS, id="cluster-3", marks=pytest.mark.opensearch)
"""The same with three shards for each entity."""

ReaderOf = Callable[[Mapping[str, Mapping[int, Document]]], Reader]
"""A reader over documents in the cluster."""

Over = int | ReaderOf | None
"""Shards of so many ids, the cluster, or dicts."""


def over(request: pytest.FixtureRequest, wanted: object) -> Over:
    """The engine that a parameter of a fixture names."""
    if wanted not in (_CLUSTER, _THREE_SHARDS):
        return cast(int | None, wanted)
    indices = request.getfixturevalue("indices")
    shards = 1 if wanted == _CLUSTER else 3
    return cast(ReaderOf, lambda documents: indices.made(documents, shards).reader())
