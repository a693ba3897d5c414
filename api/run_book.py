"""Where the runs over recorded footage are written down, so that each goes on where it stopped and none is repeated."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.json_lines import encode
from detector.vocabulary import JsonValue
from evidence.recorder import Recorder
from evidence.store import queries_runs
from evidence.store.queries_runs import RunKey, RunStatus
from evidence.store.store import Store
from models.errors import UserError

Lines = list[dict[str, JsonValue]]


@dataclass(frozen=True, slots=True)
class RunLines:
    """What a run printed: its violations, and whom it acquitted for want of certainty."""

    violations: Lines
    abstentions: Lines


@dataclass(frozen=True, slots=True)
class Books:
    """What a run is written into: the store, the recorder of cases and the folder of runs."""

    store: Store
    recorder: Recorder
    runs_folder: Path

    def open(self, key: RunKey) -> "RunBook":
        """The book of one run."""
        name = f"{key.source_sha256[:16]}-{key.camera_sha256[:8]}-{key.settings_sha256[:8]}"
        return RunBook(self.store, key, self.runs_folder / name)


class RunBook:
    """One run: how far it is, what the models saw (while it is unfinished) and its lines (once it is complete)."""

    def __init__(self, store: Store, key: RunKey, stem: Path) -> None:
        self._store = store
        self._key = key
        self._violations_file = stem.with_name(f"{stem.name}.violations.jsonl")
        self._abstentions_file = stem.with_name(f"{stem.name}.abstentions.jsonl")
        self.observations_file = stem.with_name(f"{stem.name}.observations.jsonl")

    def lines_of_complete_run(self) -> RunLines | None:
        """What the run printed, or None where it is not complete."""
        with self._store.reading() as session:
            known = queries_runs.find(session, self._key)
        if known is None or known.status is not RunStatus.COMPLETE:
            return None
        try:
            return RunLines(_read(self._violations_file), _read(self._abstentions_file))
        except (OSError, ValueError):
            return None  # the lines were deleted or torn: run again; no case is recorded twice

    def note(self, status: RunStatus, frames: int) -> None:
        """Write down how far the run has come."""
        now = datetime.now(UTC)
        with self._store.session() as session:
            queries_runs.begin(session, self._key, at=now)
            queries_runs.advance(session, self._key, status=status, frames_done=frames, at=now)

    def finish(self, lines: RunLines, frames: int) -> None:
        """Keep the lines, then call the run complete. What the models saw of everybody else is deleted: it has served
        its purpose (law on personal data 91/2025, Art. 32.4)."""
        try:
            _write(self._abstentions_file, lines.abstentions)
            _write(self._violations_file, lines.violations)
            self.observations_file.unlink(missing_ok=True)
        except OSError as error:
            raise UserError(
                f"cannot write down the finished run ({error.strerror})",
                where=str(self._violations_file),
                remedy="Free some space and run the command again; it goes on where it stopped.",
            ) from error
        self.note(RunStatus.COMPLETE, frames)


def _read(file: Path) -> Lines:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _write(file: Path, lines: Lines) -> None:
    part = file.with_suffix(".part")
    part.write_text("".join(encode(line) + "\n" for line in lines), encoding="utf-8")
    part.replace(file)
