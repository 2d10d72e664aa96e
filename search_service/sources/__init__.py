"""Where documents come from: the catalogue's database, a file of documents, or another index.

``base`` is the interface of a source, ``open`` opens one by its ``address``; ``sql``, ``lines`` and
``index`` are the kinds. ``moments`` converts dates, ``spread`` cuts ranges of ids,
``same_catalogue`` refuses a source of another catalogue than the one that the index was made from,
which is recorded in the ``origin_file``.
"""
