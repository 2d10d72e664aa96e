"""The engine on OpenSearch: documents in a cluster, which several services search and change.

``cluster`` speaks with the nodes and knows the names of the indices. ``control``: what services
agree on, as documents that are changed by compare-and-set. ``index``: documents as the cluster
indexes them. ``search``: the reading half, ``write`` the changing half.

``shared`` is the index as several services change it, ``turn`` what one of them may do at a time,
``generations`` which generations there are, ``counting`` how much is in indices; ``parts`` is what
they are made from, and ``engine`` puts all of it together. Not here: joins and the order of hits,
which every engine shares, see ``engines``. Only ``engines.open`` imports an engine.
"""
