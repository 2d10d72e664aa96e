"""Documents from a file with a JSON line for each."""
