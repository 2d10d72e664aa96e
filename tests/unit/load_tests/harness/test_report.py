import re
from xml.etree import ElementTree

from load_tests.harness.report import of_run, of_two
from load_tests.harness.run import Run
from load_tests.harness.scenarios import AllRight, AtMost
from load_tests.harness.thresholds import judge


def pages(run: Run) -> list[str]:
    verdicts = [judge(one, run) for one in (AllRight(), AtMost("segments", 1))]
    return [of_run(run, verdicts), of_two(run, run)]


def test_a_report_is_well_formed(run: Run) -> None:
    for page in pages(run):
        ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


def test_a_report_loads_nothing_and_runs_nothing(run: Run) -> None:
    for page in pages(run):
        assert not re.search(r"https?://|//\w|@import|url\(|<script|<link|src=|\son\w+=", page)


def test_a_report_tells_thresholds_figures_and_requests(run: Run) -> None:
    page, two = pages(run)
    assert "1 of 2 thresholds held" in page
    titles = set(re.findall(r"<figcaption><b>([^<]*)</b>", page))
    assert titles >= {"Throughput", "Latency: searches", "Latency: changes", "Memory", "Segments"}
    assert page.count("<svg") == page.count("<figure>") == len(titles)
    assert "reindex 10–20 s" in page
    assert two.count('class="t0 dashed"') >= 3


def test_what_callers_were_told_cannot_act_in_a_report(run: Run) -> None:
    page, _ = pages(run)
    assert "&lt;busy &amp; more&gt;" in page
    assert "<busy" not in page


def test_a_report_can_be_read_in_the_dark_and_on_a_phone(run: Run) -> None:
    page, _ = pages(run)
    assert "prefers-color-scheme:dark" in page
    assert 'name="viewport"' in page
