"""An analysed tree as the query of a request to the cluster.

``compile`` walks the tree; leaves are made in ``words``, ``parts``, ``patterns`` and ``numbers``
out of ``clauses``, and ``weights`` has what the cluster would weigh otherwise. ``few_clauses``
makes of a query for a long text one that the cluster takes.
"""
