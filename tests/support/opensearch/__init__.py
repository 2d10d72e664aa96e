"""Real nodes of OpenSearch on this machine, for tests and by hand.

``java`` finds a Java, or fetches one; ``jars`` has the jars of OpenSearch and compiles the small
program that starts a node; ``nodes`` starts, kills and pauses nodes; ``fixtures`` gives them to
tests, or an address of the environment instead; ``command`` is ``scripts/opensearch``.
``load`` sends requests meanwhile. ``stub_node`` is no real node, for what a real one does not do.
"""
