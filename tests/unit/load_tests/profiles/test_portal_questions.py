import json
import random

from load_tests.documents import Facility
from load_tests.profiles.portal_questions import PAGES, Question, question, suggestion


def test_a_question_names_whose_rights_hold() -> None:
    body = json.loads(Question("dataset", "iron", "db/a").request().body)
    assert (body["public"], body["user"], body["text"]) == (True, "db/a", "iron")
    assert "user" not in json.loads(Question("dataset", None).request().body)


def test_a_label_of_a_facet_narrows_down() -> None:
    asked = Question("dataset", "iron", cursor="c")
    own, joined = (asked.narrowed(facet, "x") for facet in asked.page.facets)
    assert own.filter == (("dataset.type.name", "x"),)
    assert joined.filter == (("datasettechnique.technique.name", "x"),)
    assert own.cursor is None


def test_people_ask_for_everything() -> None:
    dice = random.Random(1)
    asked = [question(Facility(600), dice) for _ in range(50)]
    assert {one.entity for one in asked} == set(PAGES)
    assert all(one.text for one in asked)


def test_a_prefix_is_sent_as_it_was_typed() -> None:
    assert "prefix=a+%26b" in suggestion("dataset", "a &b", None).target
