"""Have atheris try a target: ``python -m tests.hostile.fuzzing TARGET [options of libFuzzer]``."""

import sys

import atheris

# Before the modules of the targets, whose code is to be seen.
with atheris.instrument_imports(include=["search_service", "analyzers"]):
    from tests.hostile.fuzzing.targets import TARGETS


def main() -> None:
    """Ends with the first input that breaks a promise, which libFuzzer writes to a file."""
    name, *options = sys.argv[1:]
    # By this command it starts itself anew, to leave out inputs that reach nothing new.
    itself = f"{sys.executable} -m tests.hostile.fuzzing {name}"
    atheris.Setup([itself, *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
