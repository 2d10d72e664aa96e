"""The process ``icat-search``, also as ``python -m search_service``."""

import signal


def main() -> None:
    """Run the command of the arguments."""
    # Ctrl-C while Python imports would be a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from search_service.cli import streams
    from search_service.cli.main import main as commands

    streams.run(lambda: commands(prog_name="icat-search"))


if __name__ == "__main__":
    main()
