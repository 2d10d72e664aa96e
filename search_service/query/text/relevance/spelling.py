"""How far apart two spellings are."""


def distance(one: str, other: str, most: int) -> int | None:
    """How many letters are put in, left out, changed or swapped with their neighbour.

    None when these are more than ``most``.

    >>> distance("silcon", "silicon", 1), distance("slilicon", "silicon", 1)
    (1, 1)
    >>> distance("form", "from", 1), distance("from", "farm", 1)
    (1, None)
    """
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, row, older = row, [i], before
        for j, wanted in enumerate(other, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        before = last
        if min(row) > most and min(last) > most:
            return None
    return row[-1] if row[-1] <= most else None
