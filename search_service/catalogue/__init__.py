"""The catalogue as data: entities, fields, joins and who repeats whose fields.

``model`` has the shapes of the tables, ``entities`` and ``relations`` are the tables, ``columns``
says where a database has each field; ``lookup`` finds by name. ``documents`` checks a document by
the tables, ``document_limits`` how large it is, ``origin`` says which catalogue an index comes
from.
"""
