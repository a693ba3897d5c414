"""What every command says in the same way: one line per error on standard error, and an exit status that tells."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import typer

from models.errors import UserError

SOME_INPUT_FAILED = 1


def report_error(error: UserError) -> None:
    """One clear line; the other inputs go on."""
    sys.stderr.write(f"phatnguoi: {error.line()}\n")


class LeftOut(list[UserError]):
    """The inputs that could not be used. Called with an error, it reports the line and keeps it: the others go on."""

    def __call__(self, error: UserError) -> None:
        report_error(error)
        self.append(error)


def report_warning(line: str) -> None:
    """Something the user should know but need not mend."""
    sys.stderr.write(f"phatnguoi: warning: {line}\n")


def report_note(line: str) -> None:
    """What came of one input; on standard error, because standard output may carry JSON lines."""
    sys.stderr.write(f"{line}\n")


def write_table(file: Path, columns: Sequence[str], numbers_from: int, rows: Iterable[Sequence[str]]) -> None:
    """A Markdown table as the cards show it; columns from `numbers_from` on are set to the right. Raises `UserError`."""
    rule = ["---"] * numbers_from + ["--:"] * (len(columns) - numbers_from)
    lines = [f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows)]
    try:
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        remedy = "Choose another file."
        raise UserError(f"cannot write the table: {error.strerror}", where=str(file), remedy=remedy) from error


def finish(failed: int, inputs: int) -> None:
    """Ends the command: exit status 1 where any input failed, with a count."""
    if failed:
        sys.stderr.write(f"phatnguoi: {failed} of {inputs} inputs failed; the others are done.\n")
        raise typer.Exit(SOME_INPUT_FAILED)
