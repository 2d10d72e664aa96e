"""Documents from the catalogue's database.

``connecting`` opens a connection, ``schema`` looks which version it is; ``statements`` makes the
statements from the table of columns, ``reader`` runs them, ``parents`` keeps rows that others
refer to, ``assemble`` makes documents. ``changed`` finds what changed since a moment.
"""
