"""What services of one index agree on, in indices of their own.

``state`` is all of it in one document, which ``current_state`` reads, and writes for who has the
turn: a ``lease`` on the same document. ``journal`` has the changes that are acknowledged,
``propagated_states`` how related entities were, ``files`` what goes with a generation. All are
``documents`` that are read by id. Not here: the documents that are searched.
"""
