"""``python -m search_service`` is ``icat-search``."""

from search_service.cli import main

if __name__ == "__main__":
    main(prog_name="icat-search")
