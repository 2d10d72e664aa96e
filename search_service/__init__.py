"""ICAT Search: the search component of an ICAT catalogue, on tantivy."""

__version__ = "0.1.0"
