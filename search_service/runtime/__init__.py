"""The parts of a running service, put together.

``store`` opens the data directory with its journal and changes; ``generations`` begins, hands
over and gives up a re-index beside them; ``closed`` answers from a directory that no service has
open; ``service`` is what HTTP handlers work with; ``host`` tells a command who has a directory.
"""
