import math

import orjson

from load_tests.harness.samples import Samples, percentile
from load_tests.profiles.kinds import MODIFY, PATH, WILDCARD, Group
from load_tests.profiles.outcomes import Outcome


def some() -> Samples:
    samples = Samples()
    for number in range(10):
        samples.add(PATH, Outcome.RIGHT, number, 100.0 * (number + 1), 1_000, "")
    samples.add(WILDCARD, Outcome.REFUSED, 2.0, 1.0, 50, "busy")
    samples.add(MODIFY, Outcome.FAILED, 3.0, 30_000.0, 0, "no answer")
    return samples


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, part) for part in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([7.0], 0.5) == 7.0
    assert math.isnan(percentile([], 0.5))


def test_only_right_answers_count_for_latency_and_throughput() -> None:
    told = some().tell(10.0)
    assert (told.count, told.rate) == (12, 1.0)
    assert told.outcomes == {Outcome.RIGHT: 10, Outcome.REFUSED: 1, Outcome.FAILED: 1}
    assert (told.p50, told.p95) == (500.0, 1_000.0)


def test_kinds_and_groups_can_be_told_alone() -> None:
    samples = some()
    assert samples.tell(10.0, {Group.SEARCH}).count == 11
    assert samples.tell(10.0, {WILDCARD}).count == 1
    assert samples.tell(10.0, {Group.CRAWL}).count == 0


def test_a_span_has_what_began_in_it_and_answered_counts_what_ended_in_it() -> None:
    samples = some()
    assert len(samples.between(2.0, 4.0)) == 4
    assert list(samples.since(10).rows()) == list(samples.rows())[10:]
    # Begun at 6, 7, 8 and 9, ended at 6.7, 7.8, 8.9 and 10.0.
    assert samples.answered(7.0, 10.0, {Group.SEARCH}) == 2
    assert samples.answered(7.0, 10.0, {Group.CHANGE}) == 0


def test_failures_are_complained_of_before_refusals_each_once() -> None:
    samples = some()
    samples.add(PATH, Outcome.REFUSED, 5.0, 1.0, 50, "busy")
    assert samples.worst(5) == [
        f"{MODIFY.name}: failed: no answer",
        f"{WILDCARD.name}: refused: busy",
    ]


def test_samples_are_the_same_after_they_were_kept() -> None:
    samples = some()
    again = Samples.from_json(orjson.loads(orjson.dumps(samples.as_json())))
    assert list(again.rows()) == list(samples.rows())
    assert again.complaints == samples.complaints
