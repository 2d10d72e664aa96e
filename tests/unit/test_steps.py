"""What steps take is measured without those within them, and only where somebody asks."""

from search_service.steps import MEASURED, Step, Steps, step


def test_a_step_is_measured_without_those_within_it() -> None:
    steps = Steps()
    token = MEASURED.set(steps)
    try:
        with step(Step.SPELLING), step(Step.ENGINE):
            sum(range(100_000))
    finally:
        MEASURED.reset(token)
    assert set(steps.seconds) == {"spelling", "engine"}
    assert steps.seconds["spelling"] < steps.seconds["engine"]


def test_nothing_is_measured_for_nobody() -> None:
    steps = Steps()
    with step(Step.ENGINE):
        pass
    assert steps.seconds == {}


def test_a_step_that_fails_ends() -> None:
    steps = Steps()
    token = MEASURED.set(steps)
    try:
        for _ in range(2):
            try:
                with step(Step.READ):
                    raise ValueError
            except ValueError:
                pass
    finally:
        MEASURED.reset(token)
    assert set(steps.seconds) == {"read"}
