"""States are known until they are forgotten, and no late write brings one back."""

from collections.abc import Iterator

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.names import Names
from search_service.engines.opensearch.control.current_state import CurrentState, HeldState
from search_service.engines.opensearch.control.documents import Documents
from search_service.engines.opensearch.control.propagated_states import (
    FIELDS,
    ClusterPropagatedStates,
    remove_generation,
)
from search_service.engines.opensearch.control.state import GenerationState, IndexState, Stage


@pytest.fixture
def documents(options: ClusterOptions, cluster: Cluster, names: Names) -> Documents:
    documents = Documents(cluster, names.states)
    documents.make_index(options, FIELDS)
    return documents


@pytest.fixture
def held(options: ClusterOptions, cluster: Cluster, names: Names) -> Iterator[HeldState]:
    control = Documents(cluster, names.control)
    control.make_index(options)
    state = CurrentState(control, names)
    generations = {n: GenerationState(Stage.CURRENT, 0.0, 1) for n in (1, 2)}
    state.make(IndexState("test", generation=1, generations=generations))
    held = state.lease(60).take()
    assert held is not None
    with held:
        yield HeldState(held)


@pytest.fixture
def states(documents: Documents, held: HeldState) -> ClusterPropagatedStates:
    return ClusterPropagatedStates(documents, held, 1)


def test_a_state_that_is_remembered_is_known(states: ClusterPropagatedStates) -> None:
    states.remember("User", {1: {"name": "a"}, 2: {"name": "b"}})
    states.remember("User", {2: {"name": "c"}, 1: None})
    assert states.of("User", [1, 2, 3]) == {2: {"name": "c"}}
    assert states.of("Facility", [2]) == {}


def test_a_generation_does_not_know_the_states_of_another(
    states: ClusterPropagatedStates, documents: Documents, held: HeldState
) -> None:
    states.remember("User", {1: {"name": "a"}})
    assert ClusterPropagatedStates(documents, held, 2).of("User", [1]) == {}


def test_what_is_forgotten_is_not_known_and_can_be_remembered_again(
    states: ClusterPropagatedStates,
) -> None:
    states.remember("User", {1: {"name": "a"}})
    states.remember("Facility", {1: {"name": "f"}})
    states.forget(["User"])
    assert states.of("User", [1]) == {}
    assert states.of("Facility", [1]) == {1: {"name": "f"}}
    states.remember("User", {1: {"name": "b"}})
    assert states.of("User", [1]) == {1: {"name": "b"}}


def test_states_go_with_their_generation(
    states: ClusterPropagatedStates, documents: Documents, cluster: Cluster
) -> None:
    states.remember("User", {1: {"name": "a"}})
    remove_generation(documents, 1)
    while documents.existing(["1.User.0.1"]) != [False]:
        pass  # it is removed beside what is asked
