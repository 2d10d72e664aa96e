"""Examples of a command, in which its help ends, and so its part of the manual."""

import inspect
from typing import Any

import click


class WithExamples(click.Command):
    """A command with examples: lines for a shell, each after a remark that says what it is for."""

    def __init__(self, *args: Any, examples: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.examples = inspect.cleandoc(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write them as they are typed: wrapped, they could not be copied."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Examples"):
            indent = " " * formatter.current_indent
            for line in self.examples.splitlines():
                formatter.write(f"{indent}{line}\n")
