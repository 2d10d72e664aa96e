from search_service.service.indexing.shared.appended import Appended


def test_what_was_appended_here_waits_until_it_is_committed() -> None:
    appended = Appended()
    appended.note(1, operations=3, size=10)
    appended.note(2, operations=4, size=20)
    assert (appended.operations, appended.size) == (7, 30)
    appended.note_committed(1)
    assert (appended.operations, appended.size) == (4, 20)
    appended.note_committed(2)
    assert (appended.operations, appended.size) == (0, 0)


def test_a_record_of_another_service_counts_as_one_operation() -> None:
    appended = Appended()
    appended.note(2, operations=4, size=20)
    assert appended.operations == 5
    appended.note_committed(0, last=10)
    assert (appended.operations, appended.size) == (13, 20)


def test_a_record_that_is_committed_when_it_is_noted_waits_no_more() -> None:
    appended = Appended()
    appended.note_committed(5)
    appended.note(5, operations=4, size=20)
    assert (appended.operations, appended.size) == (0, 0)


def test_records_of_others_wait_since_they_were_seen_first() -> None:
    clock = iter(range(100, 200))
    appended = Appended(lambda: next(clock))
    since = []
    for committed, last in [(3, 3), (3, 5), (3, 5), (5, 7), (6, 8), (7, 8), (8, 8)]:
        appended.note_committed(committed, last)
        since.append(appended.since)
    assert since == [None, 100, 100, 101, 101, 102, None]
