import pytest

from load_tests.harness.scenarios import Crowd, Scenario


@pytest.mark.parametrize(
    ("share", "present"),
    [
        pytest.param(0.0, 0, id="at-the-start"),
        pytest.param(0.25, 50, id="half-way-up"),
        pytest.param(0.5, 100, id="all-of-them"),
        pytest.param(0.75, 100, id="between-two-equal-points"),
        pytest.param(1.0, 100, id="after-the-last-point"),
    ],
)
def test_callers_come_along_straight_lines(share: float, present: float) -> None:
    crowd = Crowd("portal", 100, ((0.0, 0.0), (0.5, 1.0), (0.9, 1.0)))
    assert crowd.present(share) == present


def test_other_numbers_of_users_keep_the_proportions() -> None:
    crowds = (Crowd("portal", 300), Crowd("changes", 1), Crowd("path", 99))
    fewer = Scenario("a", "b", 1, 1, crowds, ()).with_users(40)
    assert [crowd.users for crowd in fewer.crowds] == [30, 1, 10]
