"""Where documents are kept and found.

``base`` promises reading and writing, ``index`` an index as a whole; each engine is a package
(``embedded``, ``opensearch``), and ``open`` builds the one that the settings name. ``shared``
promises an index that several services change at a time. What every engine needs stands beside
them: ``config`` and ``fit`` say what an index is written with, ``documents`` encodes what is
indexed, ``id_ranges`` divides ids, ``joins`` resolves the joins of a query, but for those that are
``late_joins``, to sets of ids, of which ``common_ids`` makes one; ``judged`` takes a page whose
hits are judged one by one; ``constant_score`` tells when relevance is no order, ``equal_scores``
which scores are one, ``rarity`` how much a rare word weighs, and ``near_words`` which words weigh
for one that may be spelled otherwise; ``integer_bounds`` are those of a range; ``too_large`` has
what is said of a search that cannot be carried out; ``beside`` reads an index that others have
open; ``hold`` keeps a directory for one process.
"""
