"""How a command ends: what an operator can do wrong is told in a sentence, with an exit status.

A defect of the service is no such thing and keeps its traceback. Not here: the errors themselves,
see ``errors``.
"""

import errno
import io
import os
import re
import shlex
import signal
import sqlite3
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import click

from search_service.cli.examples import WithExamples
from search_service.cli.streams import OutputFailed, lead_nowhere
from search_service.errors import EndsCommand, StorageFailed
from search_service.files import only_for_this_user
from search_service.masking import masked_sentence
from search_service.settings.load import SettingsRefused

FAILED, WRONG_USE = 1, 2
STOPPED = 128 + signal.SIGINT
_EMPTY_OPTION = re.compile(r"--[a-z-]+=")


class Command(WithExamples):
    """A command that ends in a sentence, whatever ends it."""

    failed = FAILED

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; if it cannot go on it says why. What it writes is for its user alone."""
        with exiting_with_sentence(self.failed), only_for_this_user():
            return super().invoke(ctx)


class Comparison(Command):
    """A command whose status 1 is an answer."""

    failed = WRONG_USE


class Commands(click.Group):
    """All commands."""

    command_class = Command

    def main(self, args: Any = None, *others: Any, **options: Any) -> Any:
        """Run the command of the arguments, by default those of the process."""
        for stream in (sys.stdout, sys.stderr):
            # What the terminal cannot show is shown as a number, and no error.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        if not _has_directory():
            # Paths mean nothing there, and processes that are started from it fail without a word.
            end(
                FAILED,
                "Error: The directory that this command is started in is gone: somebody removed it "
                "or put another in its place; go to one that is there (cd /), then try again",
            )
        with exiting_with_sentence():
            return super().main(args, *others, **options)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Also refuses what is no text, and what is empty: as a path that were this directory."""
        for argument in args:
            if not is_text(argument):
                raise click.UsageError(f"an argument is not UTF-8: {argument!a}")
            if not argument or _EMPTY_OPTION.fullmatch(argument):
                written = masked_sentence(shlex.join(args))
                raise click.UsageError(f"an argument is empty: {written}; was a variable not set?")
        return super().parse_args(ctx, args)


def _has_directory() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return False
    return True


def is_text(written: str) -> bool:
    """Whether it can be written as UTF-8, which bytes of another encoding cannot."""
    try:
        written.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def exiting_with_sentence(status: int = FAILED) -> Iterator[None]:
    """End the process with a sentence and this exit status when an operator's error is raised."""
    try:
        yield
    except KeyboardInterrupt:
        end(STOPPED, "Stopped")
    except OutputFailed as error:
        with suppress(OSError):
            lead_nowhere(1)  # or Python complains of it again when it ends
        if error.errno == errno.EPIPE:
            end(status)  # whoever read it has seen enough
        end(status, f"Error: what is printed cannot be written: {error.strerror}")
    except SettingsRefused as error:
        end(WRONG_USE, *(f"Error: {complaint}" for complaint in error.complaints))
    except Exception as error:
        if (sentence := _sentence(error)) is not None:
            end(status, f"Error: {masked_sentence(sentence)}")
        if status == FAILED:
            raise
        # Python would end with 1, which of a comparison is an answer.
        end(status, traceback.format_exc().rstrip())


@contextmanager
def stopped_by_sigterm(stopped: EndsCommand | None = None) -> Iterator[None]:
    """A SIGTERM ends the block as Ctrl-C does: what was begun is left in order.

    ``stopped``: what is raised then, if not KeyboardInterrupt.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt as error:
        if stopped is None:
            raise
        raise stopped from error
    finally:
        signal.signal(signal.SIGTERM, before)


def confirm(question: str) -> None:
    """Go on only when somebody says yes. Raises Abort, UsageError."""
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise click.UsageError(
            "nobody answers on standard input; --yes answers beforehand"
        ) from None
    if not agreed:
        raise click.Abort


def end(status: int, *lines: str) -> NoReturn:
    """Leave with lines on standard error."""
    with suppress(OSError):
        for line in lines:
            click.echo(line, err=True)
    sys.exit(status)


def _sentence(error: Exception) -> str | None:
    """None: it is a defect."""
    match error:
        case EndsCommand() | StorageFailed():
            return str(error)
        case sqlite3.Error():
            return f"a database of the data directory cannot be used: {error}"
        case OSError(filename=str(path) | bytes(path), strerror=str(why)):
            return f"{os.fsdecode(path)}: {why}"
        case OSError():
            return error.strerror or str(error) or type(error).__name__
        case _:
            return None
