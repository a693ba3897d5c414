"""Many scenarios on several processes, in chunks: an interrupted campaign goes on where it stopped and loses nothing.

The record is a file of JSON lines: the first says what was asked, every other one is the tally of one finished chunk.
"""

import hashlib
import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from detector.simulator.judge import Depth, Setting, judge
from detector.simulator.noise import scaled
from detector.simulator.scenario import draw_scenario
from detector.simulator.tally import Tally, agreement, counted
from detector.thresholds import Thresholds
from models.errors import UserError

CHUNK = 50  # scenarios; a few seconds of one core
USUAL_RATES = (6.0, 10.0, 6.0, 12.5)  # analysed frames per second of real streams, in turns where none is asked for


@dataclass(frozen=True, slots=True)
class Campaign:
    """What to run. `rates`: analysed frames per second at each of which every scenario is judged; (): one of the usual
    ones per scenario, in turns. `noise`: factor of the measured noise."""

    seed: int
    scenarios: int
    rates: tuple[float, ...]
    noise: float
    depth: Depth
    thresholds: Thresholds

    def header(self) -> dict[str, object]:
        """What the tallies depend on, but for the number of scenarios: a campaign may be made longer."""
        thresholds = hashlib.sha256(json.dumps(asdict(self.thresholds), sort_keys=True).encode()).hexdigest()
        return {
            "seed": self.seed,
            "rates": [*self.rates],
            "noise": self.noise,
            "depth": self.depth.value,
            "chunk": CHUNK,
            "thresholds": thresholds,
        }


def run(campaign: Campaign, workers: int, record: Path | None) -> Iterator[Tally]:
    """The tallies of all chunks as they come, those on record first; every new one is written down at once.

    Raises UserError for a record of another campaign or one that cannot be written.
    """
    done = _read(record, campaign) if record else {}
    firsts = range(0, campaign.scenarios, CHUNK)
    yield from (done[first] for first in firsts if first in done)
    left = [first for first in firsts if first not in done]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for first, tally in zip(left, pool.map(chunk, [campaign] * len(left), left), strict=True):
            if record:
                _append(record, {"first": first, "tally": tally.as_json()})
            yield tally


def chunk(campaign: Campaign, first: int) -> Tally:
    """The scenarios from `first` on, one chunk of them."""
    tally = Tally()
    noise = scaled(campaign.noise)
    for number in range(first, min(first + CHUNK, campaign.scenarios)):
        scenario = draw_scenario(campaign.seed, number)
        rates = campaign.rates or (USUAL_RATES[number % len(USUAL_RATES)],)
        all_judged = []
        for fps in rates:
            judged = judge(scenario, Setting(fps, noise, campaign.thresholds, campaign.depth))
            tally.add(counted(judged, f"--only {number} --fps {fps:g}"))
            all_judged.append(judged)
        if len(rates) > 1:
            same = agreement(all_judged)
            tally.agreement = [mine + more for mine, more in zip(tally.agreement, same, strict=True)]
    return tally


def _read(record: Path, campaign: Campaign) -> dict[int, Tally]:
    """The finished chunks by their first scenario. A torn last line is left out; a new file is begun with its header."""
    try:
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    except OSError as failure:
        raise _unusable(record, str(failure.strerror)) from failure
    if not lines:
        _append(record, campaign.header())
        return {}
    rows = [row for line in lines if (row := _row(line)) is not None]
    if not rows or rows[0] != campaign.header():
        raise _unusable(record, "is the record of another campaign")
    return {row["first"]: Tally.from_json(row["tally"]) for row in rows[1:] if _is_whole(row, campaign)}


def _is_whole(row: dict, campaign: Campaign) -> bool:  # type: ignore[type-arg]
    """Whether the chunk on record has all the scenarios that it has now: a campaign may have been made longer."""
    per_scenario = max(1, len(campaign.rates))
    size = min(CHUNK, campaign.scenarios - row["first"])
    return bool(row["tally"]["scenarios"] == size * per_scenario)


def _row(line: str) -> dict | None:  # type: ignore[type-arg]
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _append(record: Path, row: dict[str, object]) -> None:
    try:
        with record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, separators=(",", ":")) + "\n")
    except OSError as failure:
        raise _unusable(record, f"cannot be written: {failure.strerror}") from failure


def _unusable(record: Path, what: str) -> UserError:
    return UserError(what, where=str(record), remedy="Choose another file for --jsonl.")
