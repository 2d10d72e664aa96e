"""Tests, found by the name of what they test.

``tests/unit/http/test_app.py`` tests ``search_service.http.app``, ``tests/unit/analyzers`` and
``tests/unit/load_tests`` the packages of these names. What is tested from above is beside them, and
the head of each file says what that is:

``engines``      searches over real shards, in one process
``properties``   laws, over made-up documents and requests
``findability``  whether people find what they look for
``contract``     recorded answers of icat.lucene
``databases``    MariaDB and PostgreSQL
``end_to_end``   the command and the service as processes
``repository``   the source and its texts: imports, names, recipes

``support`` is what they share, also with ``load_tests``.
"""
