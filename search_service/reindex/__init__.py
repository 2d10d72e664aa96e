"""Builds the next generation of the index from where the catalogue keeps its rows."""
