"""Documents as this engine indexes them; what every engine needs of that is in ``documents``.

``schema`` gives the types of the engine's fields, ``terms`` what a term may be, ``format`` the form
of documents, with ``sort_keys``, ``doubles`` and the ``samples`` that stand for all documents.
``config`` holds the settings that decide what an index holds, ``codec`` hands schema and encoders
to the writing end.
"""
