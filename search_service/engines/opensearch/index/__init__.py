"""Documents as the cluster indexes them; what every engine needs of that is in ``documents``.

``mapping`` gives settings and mappings of an entity's index, ``terms`` what a term may be,
``format`` the form of documents. ``encode`` puts them together to an encoder, and ``fit`` says what
an index must have been written with. Not here: how documents are sent, see ``opensearch.write``.
"""
