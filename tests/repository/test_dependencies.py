"""The direction of imports, as pyproject.toml declares it."""

from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]


def test_imports_go_in_the_declared_direction() -> None:
    # Another folder for its cache, if any: a test leaves nothing behind.
    status = lint_imports(
        config_filename=str(ROOT / "pyproject.toml"), cache_dir=None, no_cache=True
    )
    assert status == EXIT_STATUS_SUCCESS
