"""What services of one index agree on, in indices of their own.

``state`` is all of it in one document, which ``current_state`` reads, and writes for who has the
turn: a ``lease`` on the same document. ``journal`` has the changes that are acknowledged,
``propagated_states`` how related entities were; ``generation_documents`` says what a generation was
written with, and ``files`` are those that go with it. All are ``documents`` that are read by id.
Not here: the documents that are searched.
"""
