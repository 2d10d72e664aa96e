"""Load: a synthetic facility, queries drawn from it, benches and Locust profiles. Not shipped.

``tests.support`` starts the servers and services that are measured: it is the one place that these
programs and the tests share. Nothing else of ``tests`` is imported here, and of the tests only
those in ``tests/unit/load_tests`` import these programs.
"""
