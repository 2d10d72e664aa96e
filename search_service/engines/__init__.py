"""Where documents are kept and found. ``base`` is what an engine promises; each engine is a package."""
