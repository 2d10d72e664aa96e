"""Visitors after a news article: many at once, who nobody knows, with the same few questions."""

from functools import cached_property

from locust import task

from load_tests.profiles.caller import Caller
from load_tests.profiles.checks import page
from load_tests.profiles.kinds import NEWS
from load_tests.profiles.portal_questions import LIMIT, Question

# Of the article's subject: what its link searches for, and what comes to people's minds.
ARTICLE = 0.6


class Visitor(Caller):
    """Follows the link of the article, then looks around a little."""

    pause = (1.0, 4.0)

    def come(self) -> None:
        """Nothing is known of what is asked for."""
        self.seen: dict[Question, str] = {}

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What visitors ask; the same for all."""
        first, second, third = self.facility.words.items[40:43]
        return (
            Question("investigation", f"{first} {second}"),
            Question("dataset", first),
            Question("investigation", second),
            Question("datafile", f"{first} {third}"),
            Question("investigation", None, sort=(("startDate", "desc"),)),
        )

    @task
    def looks(self) -> None:
        """Asks what others ask too; once more what is known already, as browsers do."""
        link, *others = self.questions
        asked = link if self.dice.random() < ARTICLE else self.dice.choice(others)
        known = self.seen.get(asked)
        headers = {"If-None-Match": known} if known else {}
        check = page(LIMIT, len(asked.page.facets), within=self.truth.public, key=asked.page.key)
        answer = self.ask(NEWS, asked.request(), check, headers=headers)
        if answer is not None and (tag := answer.header("etag")):
            self.seen[asked] = tag
