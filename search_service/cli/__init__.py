"""The command ``icat-search``: reads arguments and settings, calls, prints.

``main`` is the group of all commands. They are in ``serve``, ``inspecting`` (config, status,
verify, version), ``generations`` (generations, rollback), ``backup`` (backup, restore),
``upgrade``, ``reindex``, ``checking`` (check, sync), ``populations`` (unlock, abandon), ``demo``,
``completion`` and ``manual`` (the pages that are made from the code).

For those who come from icat.lucene: ``settings`` translates its configuration, ``record`` and
``compare`` put what is asked to both.

``options`` are those that several commands share, ``report`` prints the JSON object of one that
works entity by entity; ``targets`` finds the service or the data directory that a command works on,
and ``ownership`` refuses to write into another user's. ``exits`` says how a command ends,
``examples`` what its help ends in, ``streams`` what the process begins with.

What serves or reads an index is imported when it is needed: ``icat-search config`` answers at once.
"""
