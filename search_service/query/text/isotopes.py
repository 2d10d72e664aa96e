"""Nuclides, which are written with their mass before or after: ``57Fe`` is ``Fe-57``.

A number is a mass only where the element has, or nearly, such a nuclide: ``10 K`` is no potassium.
Not here: names of elements, which are synonyms.
"""

_SYMBOLS = (
    "h he li be b c n o f ne na mg al si p s cl ar k ca sc ti v cr mn fe co ni cu zn ga ge as se "
    "br kr rb sr y zr nb mo tc ru rh pd ag cd in sn sb te i xe cs ba la ce pr nd pm sm eu gd tb dy "
    "ho er tm yb lu hf ta w re os ir pt au hg tl pb bi po at rn fr ra ac th pa u np pu am cm"
)
_CHARGES = {symbol: charge for charge, symbol in enumerate(_SYMBOLS.split(), 1)}


def is_nuclide(symbol: str, mass: str) -> bool:
    """Whether an element, folded, has atoms of about this mass.

    >>> is_nuclide("fe", "57"), is_nuclide("k", "10"), is_nuclide("li", "7"), is_nuclide("hc", "12")
    (True, False, True, False)
    """
    charge = _CHARGES.get(symbol)
    if charge is None or not mass.isdigit() or len(mass) > 3:
        return False
    return 1.8 * charge <= int(mass) <= 2.7 * charge + 1 or (symbol, mass) in _LIGHT


_LIGHT = frozenset({("h", "1"), ("h", "3")})
"""Of hydrogen the rule knows one."""
