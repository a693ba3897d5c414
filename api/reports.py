"""What every command says in the same way: one line per error on standard error, and an exit status that tells."""

import sys

import typer

from models.errors import UserError

SOME_INPUT_FAILED = 1


def report_error(error: UserError) -> None:
    """One clear line; the other inputs go on."""
    sys.stderr.write(f"phatnguoi: {error.line()}\n")


def report_warning(line: str) -> None:
    """Something the user should know but need not mend."""
    sys.stderr.write(f"phatnguoi: warning: {line}\n")


def report_note(line: str) -> None:
    """What came of one input; on standard error, because standard output may carry JSON lines."""
    sys.stderr.write(f"{line}\n")


def finish(failed: int, inputs: int) -> None:
    """Ends the command: exit status 1 where any input failed, with a count."""
    if failed:
        sys.stderr.write(f"phatnguoi: {failed} of {inputs} inputs failed; the others are done.\n")
        raise typer.Exit(SOME_INPUT_FAILED)
