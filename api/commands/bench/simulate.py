"""`phatnguoi bench simulate`: the rules on many thousand box-level scenarios with exact truth."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from api.reports import write_table
from detector.simulator.campaign import USUAL_RATES, Campaign, run
from detector.simulator.judge import Depth, Setting, judge, story
from detector.simulator.noise import scaled
from detector.simulator.scenario import draw_scenario
from detector.simulator.tally import CodeTally, Tally, per_passages, upper_bound, within_one
from detector.thresholds import Thresholds, load_thresholds
from models.errors import UserError

COLUMNS = (
    "code", "lawful", "acts", "right", "missed", "abstained", "wrong", "open", "open reported", "repeated", "wrong seat",
    "precision", "recall", "wrong per 10,000 lawful", "at most (95 %)",
)  # fmt: skip
SHOWN = 20  # wrong and missed ones named on the screen


def simulate(
    scenarios: Annotated[int, typer.Option(min=1, help="How many.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Scenario K of a seed is always the same.")] = 1,
    fps: Annotated[
        list[float] | None, typer.Option(min=1, max=60, help="Analysed frames a second; may be given more than once.")
    ] = None,
    noise: Annotated[float, typer.Option(min=0, max=5, help="Times the noise measured on real clips.")] = 1.0,
    depth: Annotated[
        Depth, typer.Option(help="Tracks straight to the rules, or detections through the tracker.")
    ] = Depth.TRACKS,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 2,
    thresholds: Annotated[Path | None, typer.Option(help="A YAML file with the thresholds that differ.")] = None,
    jsonl: Annotated[
        Path | None, typer.Option(help="Keep the tallies of finished chunks in FILE, and go on from them.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Also the table as Markdown.")] = None,
    only: Annotated[int | None, typer.Option(min=0, help="Only scenario K.")] = None,
    tell: Annotated[bool, typer.Option("--story", help="With --only: tell it line by line.")] = False,
) -> None:
    """Verdicts on simulated vehicles with exact truth: right, wrong, missed, false accusations per 10,000 passages."""
    limits = load_thresholds(thresholds)
    rates = tuple(fps or ())
    if tell and only is None:
        raise UserError("--story tells one scenario", remedy="Say which with --only K.")
    if only is not None:
        _tell(seed, only, rates, scaled_setting(noise, limits, depth))
        return
    campaign = Campaign(seed, scenarios, rates, noise, depth, limits)
    whole = Tally()
    console = Console(stderr=True)
    with Progress(console=console) as progress:
        bar = progress.add_task("scenarios", total=scenarios * max(1, len(rates)))
        for tally in run(campaign, workers, jsonl):
            whole.add(tally)
            progress.update(bar, completed=whole.scenarios)
    _show(whole, Console())
    if markdown:
        write_table(markdown, COLUMNS, 1, _rows(whole))


def scaled_setting(noise: float, limits: Thresholds, depth: Depth) -> Setting:
    """The setting of one scenario, at the first of the usual rates."""
    return Setting(USUAL_RATES[0], scaled(noise), limits, depth)


def _tell(seed: int, number: int, rates: tuple[float, ...], setting: Setting) -> None:
    scenario = draw_scenario(seed, number)
    for fps in rates or (USUAL_RATES[number % len(USUAL_RATES)],):
        judged = judge(scenario, Setting(fps, setting.noise, setting.thresholds, setting.depth))
        sys.stdout.write("".join(f"{line}\n" for line in story(judged)))


def _rows(whole: Tally) -> list[list[str]]:
    return [_row(code, counts) for code, counts in whole.codes.items()]


def _row(code: str, counts: CodeTally) -> list[str]:
    rate = per_passages(counts.wrong, counts.lawful)
    most = per_passages(upper_bound(counts.wrong), counts.lawful)
    numbers = (
        counts.lawful, counts.acts, counts.right, counts.missed, counts.abstained, counts.wrong, counts.open,
        counts.open_reported, counts.repeated, counts.seat,
    )  # fmt: skip
    shares = [f"{share:.4f}" if share is not None else "" for share in (counts.precision, counts.recall)]
    return [code, *map(str, numbers), *shares, f"{rate:.2f}", f"{most:.2f}"]


def _show(whole: Tally, console: Console) -> None:
    table = Table(*COLUMNS)
    for row in _rows(whole):
        table.add_row(*row)
    console.print(table)
    acts, right = (sum(getattr(code, name) for code in whole.codes.values()) for name in ("acts", "right"))
    wrong = whole.wrong
    console.print(
        f"{whole.scenarios} scenarios, {whole.passages} vehicle passages: {wrong} wrong, "
        f"{per_passages(wrong, whole.passages):.2f} per 10,000 passages "
        f"(at most {per_passages(upper_bound(wrong), whole.passages):.2f} with 95 % confidence), of them nobody there: {whole.ghosts}; "
        f"recall {right / acts:.4f} ({right} of {acts})"
        if acts
        else f"{whole.scenarios} scenarios without an act"
    )
    near = within_one(whole.crossing_errors)
    if near is not None:
        spread = ", ".join(f"{error:+d}: {count}" for error, count in sorted(whole.crossing_errors.items()))
        console.print(f"crossings within one analysed frame of truth: {near:.4f} ({spread})")
    if whole.agreement[1]:
        alike, at_any = whole.agreement
        console.print(f"reported at every frame rate: {alike} of {at_any} acts reported at any = {alike / at_any:.4f}")
    for line in [
        *[one for one in whole.listed if " wrong:" in one],
        *[one for one in whole.listed if " missed:" in one],
    ][:SHOWN]:
        console.print(line)
