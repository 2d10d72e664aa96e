"""The command ``icat-search``: reads arguments and settings, calls, prints.

``main`` is the group of all commands. They are in ``serve``, ``inspecting`` (config, status,
verify, version), ``generations`` (generations, rollback), ``reindex``, ``compare`` (check, sync),
``demo`` and ``manual`` (the pages that are made from the code). ``options`` are those that several
commands share; ``targets`` finds the service or the data directory that a command works on, and
``ownership`` refuses to write into another user's. ``exits`` says how a command ends, ``streams``
what the process begins with.

What serves or reads an index is imported when it is needed: ``icat-search config`` answers at once.
"""
