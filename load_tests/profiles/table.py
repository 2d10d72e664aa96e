"""The profiles by the names that scenarios use."""

from collections.abc import Mapping

from load_tests.profiles.caller import Caller
from load_tests.profiles.catalogue import (
    OwnDataUser,
    PathUser,
    Searcher,
    WholePageUser,
    WildcardUser,
)
from load_tests.profiles.changes import LiveChanges
from load_tests.profiles.crawler import Crawler
from load_tests.profiles.hostile import HostileCaller, StallingCaller
from load_tests.profiles.portal import PortalUser, SignedInPortalUser
from load_tests.profiles.visitors import Visitor

PROFILES: Mapping[str, type[Caller]] = {
    "portal": PortalUser,
    "signed in": SignedInPortalUser,
    "visitor": Visitor,
    "own data": OwnDataUser,
    "path": PathUser,
    "wildcard": WildcardUser,
    "whole page": WholePageUser,
    "searcher": Searcher,
    "changes": LiveChanges,
    "crawler": Crawler,
    "hostile": HostileCaller,
    "stalling": StallingCaller,
}
