"""The operators' page of a service that runs: what it holds, and what it was asked."""

from pathlib import Path

import httpx

from tests.support.calling import Caller
from tests.support.front_ends import facility
from tests.support.processes import wait_for
from tests.support.serving import serving


def test_searches_of_the_search_page_are_seen_like_all_others(tmp_path: Path) -> None:
    settings = {"workers": 1, "slow_search_seconds": 0.000001, "slow_search_query": True}
    with serving(tmp_path / "data", settings) as service:
        Caller(service.url).put(facility())
        with httpx.Client(base_url=service.url, timeout=60) as browser:
            assert browser.get("/", params={"q": "neutron"}).status_code == 200
            completed = {"entity": "dataset", "prefix": "neu", "public": "true"}
            assert browser.get("/suggestions", params=completed).status_code == 200
            page = browser.get("/operate").text
            told = browser.get("/metrics").text
        for heading in ("Generations", "Sync with the catalogue", "free disk", "never synced"):
            assert heading in page
        for path in ("/v1/search", "/v1/suggest", "/v1/explain"):
            assert f"<td>{path}<br>" in page
        assert 'icat_search_search_seconds_count{entity="' in told
        wait_for(
            lambda: any("slow search" in line and "neutron" in line for line in service.log),
            "the line of a slow search",
        )
