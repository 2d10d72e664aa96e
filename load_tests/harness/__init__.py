"""The harness: named scenarios of load, run against a service, judged by thresholds, reported.

``main`` is the command, ``order`` what it tells ``generator``: the process of Locust's callers,
whom ``conductor`` lets in. ``scenarios`` has the shapes of what ``table`` declares; ``background``
is what goes on beside callers, ``watch`` what the service takes. ``run`` holds all that was
measured, ``samples`` the requests of it; ``thresholds`` judges. ``summary`` makes tables,
``report`` a page with figures (``plots``) of ``time_series``.
"""
