"""Where documents are kept and found: ``base`` is what is promised, each engine a package."""
