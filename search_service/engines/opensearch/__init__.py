"""The engine on OpenSearch: documents in a cluster, which several services search and change.

``cluster`` speaks with the nodes and knows the names of the indices. ``control``: what services
agree on, as documents that are changed by compare-and-set. ``search``: the reading half.
Not here: joins and the order of hits, which every engine shares, see ``engines``. Only
``engines.open`` imports an engine.
"""
