"""The words of the synthetic facility: a few hundred that say something, thousands that fill.

Drawn by Zipf's law, as titles do: the tenth word is ten times rarer than the first.
"""

import itertools
import random

FREQUENT = (
    "scan raw data sample background reference calibration dark detector run measurement series "
    "temperature powder energy alignment crystal film solution test map absorption flat beam "
    "pressure processed reduced image frame transmission cell diffraction field angle rotation "
    "standard empty normalised spectrum reflectivity neutron scattering copper oxide iron "
    "lithium cathode titanium dioxide silicon gold silver nickel cobalt platinum zeolite "
    "perovskite graphene polymer membrane protein lysozyme lipid micelle steel weld alloy "
    "superconductor magnet spin phonon lattice strain stress texture grain crack fatigue "
    "catalyst reduction oxidation adsorption hydrogen deuterium water ice glass cement pigment "
    "bronze fossil bone tooth leaf soil mineral battery anode electrolyte interface surface"
).split()
SYLLABLES = "al be cor da en fi gra hal ion ka lum mer no or pho qui ran sel tor ura vex xen yl zo"
FILLING = 6_000


def vocabulary() -> list[str]:
    """All words, the most frequent first; the same on every machine."""
    dice = random.Random(1)
    syllables = SYLLABLES.split()
    words = dict.fromkeys(FREQUENT)
    while len(words) < len(FREQUENT) + FILLING:
        words["".join(dice.choices(syllables, k=dice.randint(3, 5)))] = None
    return list(words)


class Zipf:
    """Draws from a list, the n-th one in proportion to 1/n."""

    def __init__(self, items: list[str]) -> None:
        self.items = items
        self.weights = list(itertools.accumulate(1 / n for n in range(1, len(items) + 1)))

    def draw(self, dice: random.Random, count: int) -> list[str]:
        """So many of the items, repeats included."""
        return dice.choices(self.items, cum_weights=self.weights, k=count)
