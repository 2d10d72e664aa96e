"""Users of the catalogue's own front end, for whom the catalogue server asks."""

from locust import task

from load_tests.profiles import catalogue_questions
from load_tests.profiles.caller import Caller
from load_tests.profiles.kinds import NEXT_WHOLE_PAGE, PORTAL_SEARCH
from load_tests.profiles.portal import SignedIn
from load_tests.profiles.portal_questions import question

MOST_PAGES = 3


class OwnDataUser(Caller):
    """Looks at what they may see, latest first."""

    @task(2)
    def latest(self) -> None:
        """All of it."""
        self.ask(*catalogue_questions.own_data(self.truth, self.dice))

    @task(1)
    def words(self) -> None:
        """A word in it."""
        self.ask(*catalogue_questions.own_words(self.truth, self.dice))


class PathUser(Caller):
    """Knows where files are, or how they are called."""

    @task(3)
    def path(self) -> None:
        """A path or a part of one."""
        self.ask(*catalogue_questions.path(self.truth, self.dice))

    @task(1)
    def known_file(self) -> None:
        """The path of one file."""
        self.ask(*catalogue_questions.known_file(self.truth, self.dice))


class WildcardUser(Caller):
    """Remembers how names begin or end."""

    pause = (1.0, 4.0)

    @task
    def wildcard(self) -> None:
        """A word without its end, or without its beginning."""
        self.ask(*catalogue_questions.wildcard(self.truth, self.dice))


class WholePageUser(Caller):
    """Searches through a catalogue that asks for 1,000 hits with every field, page after page."""

    pause = (1.0, 4.0)

    @task(3)
    def pages(self) -> None:
        """A page, and often those that follow."""
        kind, request, check = catalogue_questions.whole_page(self.truth, self.dice)
        for _ in range(MOST_PAGES):
            answer = self.ask(kind, request, check)
            if answer is None:
                return
            following = catalogue_questions.page_after(request, answer)
            if following is None or self.dice.random() < 0.4:
                return
            kind, request = NEXT_WHOLE_PAGE, following

    @task(2)
    def facets(self) -> None:
        """What is shown beside a page."""
        self.ask(*catalogue_questions.page_facets(self.truth, self.dice))


class Searcher(SignedIn):
    """Ordinary searches of all kinds, one at a time: for scenarios that say how many come."""

    @task(5)
    def words(self) -> None:
        """Words, narrowed or not."""
        self.ask(*catalogue_questions.words(self.truth, self.dice))

    @task(4)
    def portal(self) -> None:
        """A page of a portal, with facets and highlights."""
        asked = question(self.facility, self.dice, self.user)
        self.search(PORTAL_SEARCH, asked)

    @task(3)
    def own(self) -> None:
        """Own data."""
        self.ask(*catalogue_questions.own_data(self.truth, self.dice))

    @task(2)
    def own_words(self) -> None:
        """A word in own data."""
        self.ask(*catalogue_questions.own_words(self.truth, self.dice))

    @task(2)
    def path(self) -> None:
        """A path."""
        self.ask(*catalogue_questions.path(self.truth, self.dice))

    @task(1)
    def known_file(self) -> None:
        """The path of one file."""
        self.ask(*catalogue_questions.known_file(self.truth, self.dice))

    @task(1)
    def wildcard(self) -> None:
        """A word without its end."""
        self.ask(*catalogue_questions.wildcard(self.truth, self.dice))
