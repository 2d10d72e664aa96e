from pathlib import Path

import pytest

from tests.support.shared_services import SharedService, SharedServices


@pytest.fixture
def services(tmp_path: Path) -> SharedServices:
    return SharedServices(tmp_path)


@pytest.fixture
def one(services: SharedServices) -> SharedService:
    return services.all[0]


@pytest.fixture
def other(services: SharedServices) -> SharedService:
    return services.all[1]
