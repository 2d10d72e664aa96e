"""For Locust: ``locust -f load_tests/locustfile.py -H http://127.0.0.1:PORT``."""

from load_tests.users import BrowsingUser, CatalogueServer, OwnDataUser, WildcardUser

__all__ = ["BrowsingUser", "CatalogueServer", "OwnDataUser", "WildcardUser"]
