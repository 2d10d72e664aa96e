"""Pages of hits, exactly in order.

``one_slice`` takes a page of one slice: ``ranked`` by relevance (``narrowed`` to the documents that
can be among the best), ``sorted`` by columns up to ``bounds`` that are worth their ``prices``, both
on ``hits``; ``merge`` makes one page of those of all slices.
"""
