"""The process ``icat-search``, also as ``python -m search_service``."""

import signal


def main() -> None:
    """Run the command of the arguments."""
    # Ctrl-C while Python imports would be a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from search_service import endings
    from search_service.cli import main as commands

    endings.run(lambda: commands(prog_name="icat-search"))


if __name__ == "__main__":
    main()
