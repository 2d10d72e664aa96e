"""How many kills there are, and by which numbers their moments are chosen."""

import os
import random

MOMENTS = int(os.environ.get("FAULTS", "42"))
SEED = int(os.environ.get("FAULTS_SEED", random.SystemRandom().getrandbits(32)))


def tell_seed() -> None:
    """Say with a failure how to try it again."""
    print(f"FAULTS_SEED={SEED}")
