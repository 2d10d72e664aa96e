"""A search that takes ten seconds by honest work, and one that takes no time."""

from itertools import product
from string import ascii_lowercase
from typing import Any

# Patterns that begin with a mark are tried on all words; read as people mean it on few of them. So
# many are refused by the default limits.
READ_SLOWLY: dict[str, Any] = {
    "matching": "peer",
    "max_wildcard_words": 1_000,
    "max_search_memory": 2_000,
}
# Each of these patterns is looked for among the words of every field: some 50 ms for all fields.
SLOW: dict[str, Any] = {
    "text": " ".join(f"*{a}?{b}*{c}*" for a, b, c in product(ascii_lowercase, "abcdefgh", "x"))
}
QUICK: dict[str, Any] = {"text": "name:silk"}
FILES = [{"id": id_, "name": f"silk {id_}", "description": f"no {id_}"} for id_ in range(1, 301)]
