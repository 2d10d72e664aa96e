"""Documents from the catalogue's database.

``connecting`` opens a connection by a driver (``drivers``) and gives up one that says nothing
(``silence``), ``schema`` finds the version of the catalogue; ``statements`` makes the statements
from the table of columns, ``reader`` runs them, ``parents`` caches rows that others refer to,
``assemble`` makes documents. ``changed`` finds the rows that changed since a moment.
"""
