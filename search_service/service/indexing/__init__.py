"""Changes: acknowledged, durable, committed.

``changes`` takes the operations that the catalogue sends, ``steps`` reads them. ``journal`` keeps
them on disk until they are committed, ``pending`` in memory; ``limits`` say when that is due.
``shared`` does the same for an index that several services change, whose journal is in the index.

``committer`` commits changes even where some fail, ``apply`` hands them to the engine;
``propagation`` brings a related entity's change into the documents that repeat its fields,
``propagated_states`` keeps the state that was propagated last. ``refused_operations`` finds the
operations that make a commit fail, and keeps them. ``population`` loads an entity in bulk,
``locks`` says which are being loaded, ``additions`` has what both kinds of index need for that.
``moment`` is what a backup is of, ``last_commit`` when the last commit ended.
"""
