"""Users of a portal: they type with suggestions, search with facets, narrow down, turn pages."""

import time
from collections.abc import Set
from dataclasses import replace
from functools import cached_property

from locust import task

from load_tests.client import Answer
from load_tests.profiles.caller import Caller
from load_tests.profiles.checks import page, read, suggestions
from load_tests.profiles.kinds import (
    PORTAL_NARROWED,
    PORTAL_NEXT,
    PORTAL_OWN,
    PORTAL_SEARCH,
    SUGGESTION,
    Kind,
)
from load_tests.profiles.portal_questions import (
    LIMIT,
    SUGGESTIONS,
    Question,
    question,
    suggestion,
)

SHORTEST_PREFIX = 3
MOST_KEYS = 6
SECONDS_A_KEY = 0.12, 0.3
NEWEST = (("startDate", "desc"),)


class PortalCaller(Caller):
    """What somebody at a portal can do; ``user``: in whose name."""

    abstract = True
    user: str | None = None

    @property
    def within(self) -> Set[int]:
        """Investigations that may come up."""
        return self.truth.public

    def type(self, asked: Question) -> None:
        """Presses keys; each asks for suggestions."""
        text = asked.text or ""
        for length in range(SHORTEST_PREFIX, min(len(text), SHORTEST_PREFIX + MOST_KEYS) + 1):
            time.sleep(self.dice.uniform(*SECONDS_A_KEY))
            request = suggestion(asked.entity, text[:length], asked.user)
            self.ask(SUGGESTION, request, suggestions(SUGGESTIONS), method="GET")

    def search(self, kind: Kind, asked: Question) -> Answer | None:
        """Sends a question."""
        check = page(LIMIT, len(asked.page.facets), within=self.within, key=asked.page.key)
        return self.ask(kind, asked.request(), check)

    def narrow(self, asked: Question, answer: Answer) -> None:
        """Chooses a label of a facet."""
        time.sleep(self.dice.uniform(*self.pause))
        place = self.dice.randrange(len(asked.page.facets))
        buckets = read(answer)["facets"][place].get("buckets") or []
        if buckets:
            label = self.dice.choice(buckets)["label"]
            self.search(PORTAL_NARROWED, asked.narrowed(asked.page.facets[place], label))

    def turn_pages(self, asked: Question, answer: Answer) -> None:
        """Looks at a second page, seldom at a third."""
        for _ in range(1 + (self.dice.random() < 0.3)):
            cursor = read(answer).get("cursor")
            if not cursor:
                return
            time.sleep(self.dice.uniform(*self.pause))
            following = self.search(PORTAL_NEXT, replace(asked, cursor=cursor))
            if following is None:
                return
            answer = following


class SignedIn(PortalCaller):
    """Somebody whom the portal knows."""

    abstract = True

    def come(self) -> None:
        """Signs in."""
        # People with many investigations come more often.
        self.user_number = 1 + int(self.facility.users * self.dice.random() ** 2)
        self.user = self.facility.user_name(self.user_number)

    @cached_property
    def within(self) -> Set[int]:
        """Investigations that may come up."""
        return self.truth.public | self.truth.visible(self.user_number)


class PortalUser(PortalCaller):
    """Anybody, who sees what is public."""

    @task(5)
    def types_and_searches(self) -> None:
        """Types a word key by key, then searches; often narrows down or goes on."""
        asked = question(self.facility, self.dice, self.user)
        self.type(asked)
        answer = self.search(PORTAL_SEARCH, asked)
        if answer is None:
            return
        chance = self.dice.random()
        if chance < 0.35:
            self.narrow(asked, answer)
        elif chance < 0.6:
            self.turn_pages(asked, answer)

    @task(1)
    def looks_at_the_newest(self) -> None:
        """What is new, without a word."""
        self.search(PORTAL_SEARCH, Question("investigation", None, self.user, sort=NEWEST))


class SignedInPortalUser(SignedIn, PortalUser):
    """Somebody whom the portal knows, who sees their own data too."""

    @task(3)
    def looks_at_own(self) -> None:
        """The latest of what is there."""
        self.search(PORTAL_OWN, Question("dataset", None, self.user, sort=NEWEST))
