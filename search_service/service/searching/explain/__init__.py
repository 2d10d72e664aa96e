"""Why a search finds a document, or does not: the query and its parts, asked of that document.

``explanation`` carries out a search and puts together what the others say: ``words`` how each word
of its text was understood, ``tree`` the analysed query node by node, ``document`` why one document
is found or not. ``asked`` asks the engine about that document.
"""
