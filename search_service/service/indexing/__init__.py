"""Changes: acknowledged, durable, committed.

``changes`` takes what the catalogue sends; ``journal`` keeps it on disk until it is committed,
``pending`` in memory, ``segments`` are its files; ``apply`` hands it to the engine;
``propagation`` brings a related entity's change into the documents that repeat its fields,
``propagated_states`` keeps the state that was propagated last. ``refusals`` finds operations that
make a commit fail, ``set_aside`` keeps them, ``aside`` those that wait for a cure. ``population``
loads an entity in bulk, ``locks`` says which are being loaded.
"""
