"""In continuous integration properties are tried with the same examples on every run.

Elsewhere each run tries others, and remembers those that failed.
"""

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)

if os.environ.get("CI"):
    settings.load_profile("ci")
