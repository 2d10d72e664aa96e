"""Exchanges in files: their size, a disk that is full, texts that are taken out."""

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from search_service.changeover.exchanges import NoRecording, exchanges_in
from search_service.changeover.pseudonyms import Pseudonyms
from search_service.changeover.recorder import RETRY_SECONDS, Files, RawExchange, Recorder

QUERY = {
    "target": "Dataset",
    "text": "name:scan AND -dark",
    "user": "db/ann",
    "filter": {"a.b": "c"},
}
ANSWER = {
    "results": [{"_id": 3, "_shardIndex": 0, "_score": 1.5, "_source": {"id": 7, "name": "scan"}}],
    "search_after": {"doc": 3, "shardIndex": 0, "score": 1.5, "fields": [1.5, 7]},
}


def raw(path: str = "dataset", body: Any = None, answer: Any = ANSWER) -> RawExchange:
    sent = json.dumps(body or {"query": QUERY, "fields": ["id", "name"]}).encode()
    received = json.dumps(answer).encode()
    return RawExchange(
        "POST", f"/icat.lucene/{path}", "maxResults=1", sent, 200, received, 1e9, 0.0123
    )


def recorded(path: Path, *all_raw: RawExchange, **options: Any) -> Recorder:
    recorder = Recorder(Files(path, 1 << 20, 2), **options)
    with recorder:
        for one in all_raw:
            recorder.offer(one)
    return recorder


def test_a_search_is_written_with_its_hits(tmp_path: Path) -> None:
    path = tmp_path / "exchanges.jsonl"
    recorded(path, raw())
    line = json.loads(path.read_bytes())
    assert (line["n"], line["path"], line["params"]) == (1, "dataset", {"maxResults": "1"})
    assert (line["time"], line["seconds"]) == ("2001-09-09T01:46:40.000+00:00", 0.0123)
    (exchange,) = exchanges_in(path)
    assert exchange.body == {"query": QUERY, "fields": ["id", "name"]}
    hits = exchange.answer.hits or ()
    assert [(hit.id, hit.document, hit.score) for hit in hits] == [(7, 3, 1.5)]
    assert exchange.answer.search_after == ANSWER["search_after"]


def test_counts_are_written_by_dimension(tmp_path: Path) -> None:
    path = tmp_path / "exchanges.jsonl"
    counts = {"aggregations": {"type.name": {"buckets": {"raw": {"doc_count": 2}}}}}
    recorded(path, raw("dataset/facet", answer=counts))
    (exchange,) = exchanges_in(path)
    assert exchange.answer.facets == {"type.name": {"raw": 2}}


def test_of_a_change_only_the_path_and_the_status_are_written(tmp_path: Path) -> None:
    path = tmp_path / "exchanges.jsonl"
    recorded(path, raw("modify", [{"delete": {"_index": "Dataset", "_id": 7}}]))
    (exchange,) = exchanges_in(path)
    assert (exchange.path, exchange.body, exchange.answer.status) == ("modify", None, 200)


def test_texts_and_names_become_the_same_pseudonym_each_time(tmp_path: Path) -> None:
    path = tmp_path / "exchanges.jsonl"
    recorded(path, raw(), pseudonyms=Pseudonyms.beside(path))
    recorded(path, raw(), pseudonyms=Pseudonyms.beside(path))
    text = path.read_text()
    for word in ("scan", "dark", "ann", '"c"'):
        assert word not in text
    first, second = exchanges_in(path)
    assert first.body == second.body
    assert not first.has_texts
    assert first.body is not None
    query = first.body["query"]
    assert query["target"] == "Dataset"
    assert query["text"].startswith("name:x")
    assert " AND -x" in query["text"]
    assert (tmp_path / "exchanges.jsonl.key").stat().st_mode & 0o077 == 0


def test_the_files_together_have_a_size(tmp_path: Path) -> None:
    path = tmp_path / "exchanges.jsonl"
    files = Files(path, 10_000, 3)
    for number in range(1_000):
        files.append(b"%d\n" % number * 50)
    files.close()
    sizes = {one.name: one.stat().st_size for one in tmp_path.iterdir()}
    assert sizes.keys() == {"exchanges.jsonl", "exchanges.jsonl.1", "exchanges.jsonl.2"}
    assert sum(sizes.values()) <= 10_000
    assert b"999\n" in path.read_bytes()


def test_one_file_alone_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "exchanges.jsonl"
    files = Files(path, 100, 1)
    for number in range(100):
        files.append(b"%d\n" % number)
    files.append(b"x" * 101)  # larger than a file may be
    files.close()
    assert path.read_bytes().endswith(b"99\n")
    assert path.stat().st_size <= 100


def test_a_full_disk_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        recorder = recorded(Path("/dev/full"), *[raw()] * 5)
    assert [record.message for record in caplog.records] == [
        "requests cannot be recorded, they are passed on all the same"
    ]
    assert (recorder.recorded, recorder.left_out) == (0, 5)


class FullAtFirst(Files):
    """A disk that has room from the second attempt on."""

    attempts = 0

    def append(self, line: bytes) -> None:
        self.attempts += 1
        if self.attempts == 1:
            raise OSError(28, "No space left on device")
        super().append(line)


def test_it_is_tried_again_after_a_while(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "exchanges.jsonl"
    # The first fails, the second is not tried, the third is written.
    moments = iter([0.0, 0.0, 1.0, RETRY_SECONDS + 1])
    recorder = Recorder(FullAtFirst(path, 1 << 20, 1), now=lambda: next(moments))
    with caplog.at_level(logging.INFO), recorder:
        for _ in range(3):
            recorder.offer(raw())
    assert len(list(exchanges_in(path))) == recorder.recorded == 1
    assert caplog.records[-1].message == "requests are recorded again"


def test_what_it_is_too_slow_for_is_counted(tmp_path: Path) -> None:
    recorder = recorded(tmp_path / "exchanges.jsonl", raw(), pending=10)
    assert (recorder.recorded, recorder.left_out) == (0, 1)


def test_a_last_line_may_be_cut_off_and_another_may_not(tmp_path: Path) -> None:
    path = tmp_path / "exchanges.jsonl"
    recorded(path, raw())
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:50])
    assert len(list(exchanges_in(path))) == 1
    path.write_bytes(b"{}\n" + whole)
    with pytest.raises(NoRecording, match="line 1"):
        list(exchanges_in(path))


@pytest.mark.parametrize("written", [1, 50, None], ids=["little", "half", "whole"])
def test_recording_goes_on_after_the_last_whole_line(written: int | None, tmp_path: Path) -> None:
    path = tmp_path / "exchanges.jsonl"
    recorded(path, raw())
    line = path.read_bytes()
    path.write_bytes(line + line[:written])
    recorded(path, raw("datafile"))
    paths = ["dataset", *(["dataset"] if written is None else []), "datafile"]
    assert [(one.number, one.path) for one in exchanges_in(path)] == list(enumerate(paths, 1))


def test_a_refusal_is_written_with_its_sentence_whether_it_is_json_or_not(tmp_path: Path) -> None:
    path = tmp_path / "exchanges.jsonl"
    said = "Access from this IP address is not allowed"
    refusals = [said.encode(), json.dumps({"code": "X", "message": said}).encode(), b"<html>no"]
    recorded(path, *[replace(raw(), status=401, content=content) for content in refusals])
    assert [one.answer.message for one in exchanges_in(path)] == [said, said, ""]
