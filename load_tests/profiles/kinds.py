"""The kinds of requests that callers send, in groups that thresholds speak of."""

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """Requests that are judged together."""

    SEARCH = "searches"
    SUGGEST = "suggestions"
    PAGE = "catalogue pages"
    CHANGE = "changes"
    COMMIT = "commits"
    CRAWL = "crawler"
    HOSTILE = "hostile"


@dataclass(frozen=True)
class Kind:
    """A kind of request, as a line of the report."""

    name: str
    group: Group


PORTAL_SEARCH = Kind("portal: search with facets", Group.SEARCH)
PORTAL_NARROWED = Kind("portal: narrowed by a facet", Group.SEARCH)
PORTAL_NEXT = Kind("portal: next page", Group.SEARCH)
PORTAL_OWN = Kind("portal: own and public data", Group.SEARCH)
SUGGESTION = Kind("portal: suggestion for a key", Group.SUGGEST)
NEWS = Kind("visitor: what the article is about", Group.SEARCH)
OWN_DATA = Kind("own data, latest first", Group.SEARCH)
OWN_WORDS = Kind("words in own data", Group.SEARCH)
WORDS = Kind("words, narrowed or not", Group.SEARCH)
PATH = Kind("path", Group.SEARCH)
KNOWN_FILE = Kind("path of one file", Group.SEARCH)
WILDCARD = Kind("wildcard", Group.SEARCH)
WHOLE_PAGE = Kind("page of 1,000, every field", Group.PAGE)
NEXT_WHOLE_PAGE = Kind("next page of 1,000", Group.PAGE)
PAGE_FACETS = Kind("facets of a page of 1,000", Group.PAGE)
MODIFY = Kind("modify", Group.CHANGE)
NO_OP = Kind("modify without a change", Group.CHANGE)
COMMIT = Kind("commit", Group.COMMIT)
COMMITTED = Kind("search for what was committed", Group.SEARCH)
CRAWL = Kind("crawler: page by cursor", Group.CRAWL)
EXPENSIVE = Kind("hostile: expensive text", Group.HOSTILE)
MALFORMED = Kind("hostile: bad body", Group.HOSTILE)
GREEDY = Kind("hostile: asks for too much", Group.HOSTILE)
HUNG_UP = Kind("hostile: hangs up", Group.HOSTILE)
SLOW_BODY = Kind("hostile: slow body", Group.HOSTILE)
UNREAD = Kind("hostile: does not read", Group.HOSTILE)
