"""The parts of a running service, put together.

``store`` opens an index with its journal and changes, ``shared_store`` one that other services
change too, ``opening`` whichever it is. ``generations`` and ``shared_generations`` begin, hand over
and give up a re-index beside them, ``checks`` are what must hold then. ``brought_files`` brings the
files of a generation from other machines, ``sync_file`` says which of them a sync goes by, and up
to when. ``closed`` answers from an index that no service has open, ``state`` tells what either
holds, ``survey`` what of it takes long to look up,
``verifying`` whether files are as written, ``soundness`` looks for damage after failures,
``retention`` says which generations are kept no longer, ``backups`` makes backups and data
directories of them, ``upgrading`` lets a release build beside the one before.
``shared_run`` does once what many ask for, ``recent`` is what searches took in the last hour.
``service`` is what HTTP handlers work with, ``garbage_collection`` says when Python collects
garbage, ``freed_memory`` when freed memory is given back to the system; ``host`` tells a command
who has a directory.
"""
