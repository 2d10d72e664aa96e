"""Taking the place of icat.lucene: what an operator needs before, and to be sure of it.

``run_properties`` translates icat.lucene's configuration into settings.

``proxy`` passes on what a catalogue asks and has it recorded: ``exchanges`` is a recorded request
with its answer, ``recorder`` writes them down, ``pseudonyms`` takes texts and names out of them.

``comparing`` replays a recording against two services: ``replaying`` asks one, ``differences`` says
in what two answers differ, ``report`` shows it, with the figures of ``scatter``.
"""
