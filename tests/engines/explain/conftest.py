"""Over each engine a facility that is asked why."""

import pytest

from tests.support.front_ends import FrontEnd, facility
from tests.support.over import CLUSTER, over


@pytest.fixture(
    scope="module", params=[pytest.param(4, id="shards"), pytest.param(None, id="dicts"), CLUSTER]
)
def front_end(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> FrontEnd:
    directory = tmp_path_factory.mktemp("front")
    return FrontEnd.over(directory, facility(), over(request, request.param), people=True)
