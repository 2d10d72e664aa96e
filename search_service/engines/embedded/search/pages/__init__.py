"""Pages of hits, exactly in order.

``ranked`` takes a page of one slice by relevance, ``sorted`` by columns, both on ``hits``;
``merge`` makes one page of those of all shards.
"""
