"""For Locust: ``locust -f load_tests/locustfile.py -H http://127.0.0.1:PORT``, with its web page.

Those who come at a facility on a usual day. The scenarios of ``load_tests.harness`` use the same
profiles, and more.
"""

from load_tests.profiles.catalogue import OwnDataUser, PathUser, WholePageUser, WildcardUser
from load_tests.profiles.changes import LiveChanges
from load_tests.profiles.portal import PortalUser, SignedInPortalUser

PortalUser.weight = 4
SignedInPortalUser.weight = 3
OwnDataUser.weight = 3
PathUser.weight = 2
LiveChanges.fixed_count = 1

__all__ = [
    "LiveChanges",
    "OwnDataUser",
    "PathUser",
    "PortalUser",
    "SignedInPortalUser",
    "WholePageUser",
    "WildcardUser",
]
