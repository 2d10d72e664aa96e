"""The parts of a running service, put together.

``store`` opens the index with its journal and changes; ``generations`` begins, hands over and
gives up a re-index beside them. ``brought_files`` brings the files of a generation from other
machines, ``sync_file`` says which of them a sync goes by.
``closed`` answers from an index that no service has open, ``state`` tells what either holds,
``verifying`` whether files are as written, ``soundness`` looks for damage after failures.
``service`` is what HTTP handlers work with; ``host`` tells a command who has a directory.
"""
