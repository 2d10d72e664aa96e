"""What is asked, step by step: request → parsed tree → analysed tree. No engine, no HTTP.

``request`` reads JSON into shapes; ``text`` reads what was typed, first as ``parsed`` nodes;
``conditions``, ``visibility`` and ``released`` add filters and rights; ``build`` makes one ``tree``
of all, ``simplify`` makes it small. ``id_set`` holds many ids as an array. ``order`` says in which
order hits come; ``vocabulary`` is what a reading asks of an index, ``expected`` finds out what that
will be; ``highlight`` finds the places of a value that a query found. ``weight`` is how many bytes
a query takes; ``limits`` is what a request may ask for, ``price`` what its queries take when they
are carried out. ``in_words`` tells a tree to a person.
"""
