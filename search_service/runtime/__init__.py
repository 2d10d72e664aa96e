"""The parts of a running service, put together.

``store`` opens an index with its journal and changes, ``shared_store`` one that other services
change too, ``opening`` whichever it is. ``generations`` and ``shared_generations`` begin, hand over
and give up a re-index beside them, ``checks`` are what must hold then. ``brought_files`` brings the
files of a generation from other machines, ``sync_file`` says which of them a sync goes by.
``closed`` answers from an index that no service has open, ``state`` tells what either holds,
``verifying`` whether files are as written, ``soundness`` looks for damage after failures.
``service`` is what HTTP handlers work with; ``host`` tells a command who has a directory.
"""
