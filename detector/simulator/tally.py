"""Counting verdicts of many scenarios: right, wrong, missed, open; rates with their bounds. Tallies add up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scipy.special import gammaincinv

from detector.rules.helmet import HELMET_PASSENGER, HELMET_RIDER
from detector.rules.red_light_verdict import RED_LIGHT
from detector.simulator.judge import Judged
from detector.simulator.law import CODES, Standing
from detector.vocabulary import JsonValue

LISTED_MAX = 400  # wrong and missed ones that are named; the others are counted
PER_PASSAGES = 10_000
BOUND = 0.95
SEATS = {HELMET_RIDER: HELMET_PASSENGER, HELMET_PASSENGER: HELMET_RIDER}


@dataclass(slots=True)
class CodeTally:
    """One code. `lawful`, `acts`, `open`: vehicles by their truth; `right`, `missed` of the acts; `abstained`: of the
    missed, those for whom a rule said why; `wrong`: lawful vehicles reported; `open_reported`: of the open;
    `repeated`: reported a second time; `seat`: reported for the
    wrong seat of a motorbike on which somebody else rides bare-headed."""

    lawful: int = 0
    acts: int = 0
    open: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    abstained: int = 0
    open_reported: int = 0
    repeated: int = 0
    seat: int = 0

    def add(self, other: "CodeTally") -> None:
        """Adds the other's counts."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def precision(self) -> float | None:
        """Of the reported that are not open; None where nobody is."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """Of the acts; None where there are none."""
        return self.right / self.acts if self.acts else None


@dataclass(slots=True)
class Tally:
    """All of it. `crossing_errors`: right red lights by analysed frames off; `ghosts`: reports of nobody there;
    `agreement`: (acts reported at every frame rate, acts reported at any); `listed`: what was wrong or missed, for `--only`."""

    scenarios: int = 0
    passages: int = 0
    ghosts: int = 0
    codes: dict[str, CodeTally] = field(default_factory=lambda: {code: CodeTally() for code in CODES})
    crossing_errors: Counter[int] = field(default_factory=Counter)
    agreement: list[int] = field(default_factory=lambda: [0, 0])
    listed: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        """Reports of lawful vehicles, and of nobody."""
        return sum(code.wrong for code in self.codes.values()) + self.ghosts

    def add(self, other: "Tally") -> None:
        """Adds the other's counts."""
        self.scenarios += other.scenarios
        self.passages += other.passages
        self.ghosts += other.ghosts
        for code, counts in other.codes.items():
            self.codes[code].add(counts)
        self.crossing_errors.update(other.crossing_errors)
        self.agreement = [mine + theirs for mine, theirs in zip(self.agreement, other.agreement, strict=True)]
        self.listed = [*self.listed, *other.listed][:LISTED_MAX]

    def as_json(self) -> dict[str, JsonValue]:
        """Plain JSON values that `from_json` reads again."""
        return {
            "scenarios": self.scenarios,
            "passages": self.passages,
            "ghosts": self.ghosts,
            "codes": {
                code: {name: getattr(counts, name) for name in CodeTally.__slots__}
                for code, counts in self.codes.items()
            },
            "crossing_errors": {str(error): count for error, count in sorted(self.crossing_errors.items())},
            "agreement": [*self.agreement],
            "listed": [*self.listed],
        }

    @classmethod
    def from_json(cls, row: Mapping[str, JsonValue]) -> "Tally":
        """The tally of one JSON value; ValueError, KeyError or TypeError for one that is none."""
        codes, errors, agreement, listed = row["codes"], row["crossing_errors"], row["agreement"], row["listed"]
        if not (isinstance(codes, dict) and isinstance(errors, dict)):
            raise TypeError("not a tally")
        if not (isinstance(agreement, list) and isinstance(listed, list)):
            raise TypeError("not a tally")
        scenarios, passages, ghosts = (int(str(row[name])) for name in ("scenarios", "passages", "ghosts"))
        counted = {code: CodeTally(**counts) for code, counts in codes.items() if isinstance(counts, dict)}  # type: ignore[arg-type]
        return cls(
            scenarios,
            passages,
            ghosts,
            {code: counted[code] for code in CODES},
            Counter({int(error): int(str(count)) for error, count in errors.items()}),
            [int(str(count)) for count in agreement],
            [str(line) for line in listed],
        )


def counted(judged: Judged, name: str = "") -> Tally:
    """The tally of one scenario. `name`: put before what is listed."""
    tally = Tally(scenarios=1, passages=len(judged.scenario.vehicles))
    reported = Counter((report.vehicle, report.violation.code) for report in judged.reports)
    tally.ghosts = sum(count for (vehicle, _), count in reported.items() if vehicle is None)
    if tally.ghosts:
        tally.listed.append(f"{name} wrong: nobody there")
    for vehicle, truth in enumerate(judged.truth):
        for code, ruling in truth.items():
            _count(tally, judged, vehicle, code, ruling.standing, reported[vehicle, code], name)
    for report in judged.reports:
        error = judged.crossing_error(report)
        is_right = (
            report.vehicle is not None and judged.truth[report.vehicle][report.violation.code].standing is Standing.ACT
        )
        if error is not None and is_right and report.violation.code == RED_LIGHT:
            tally.crossing_errors[error] += 1
    return tally


def _count(tally: Tally, judged: Judged, vehicle: int, code: str, standing: Standing, reports: int, name: str) -> None:
    counts = tally.codes[code]
    counts.repeated += max(0, reports - 1)
    deed = judged.scenario.vehicles[vehicle].deed
    if standing is Standing.LAWFUL:
        counts.lawful += 1
        if reports and code in SEATS and judged.truth[vehicle][SEATS[code]].standing is not Standing.LAWFUL:
            counts.seat += 1
        elif reports:
            counts.wrong += 1
            tally.listed.append(f"{name} wrong: {code} vehicle {vehicle} {deed}")
    elif standing is Standing.OPEN:
        counts.open += 1
        counts.open_reported += min(1, reports)
    else:
        counts.acts += 1
        counts.right += min(1, reports)
        counts.missed += not reports
        counts.abstained += not reports and (vehicle, code) in judged.abstained
        if not reports:
            why = ", ".join(sorted(judged.abstained.get((vehicle, code), ()))) or "no reason told"
            tally.listed.append(f"{name} missed: {code} vehicle {vehicle} {deed} ({why})")


def agreement(at_each_rate: Sequence[Judged]) -> list[int]:
    """[acts reported at every frame rate, acts reported at any] of one scenario: those missed at all are no agreement."""
    reported = [{(r.vehicle, r.violation.code) for r in judged.reports} for judged in at_each_rate]
    acts = {
        (vehicle, code)
        for vehicle, truth in enumerate(at_each_rate[0].truth)
        for code, ruling in truth.items()
        if ruling.standing is Standing.ACT
    }
    return [len(acts.intersection(*reported)), len(acts & set().union(*reported))]


def upper_bound(count: int) -> float:
    """The largest Poisson mean that shows `count` or fewer with a probability of 5 %: the one-sided 95 % bound."""
    return float(gammaincinv(count + 1, BOUND))


def per_passages(count: float, passages: int) -> float:
    """A count as a rate per 10,000 passages; 0 without passages."""
    return PER_PASSAGES * count / passages if passages else 0.0


def within_one(errors: Mapping[int, int]) -> float | None:
    """Share of the crossings found within one analysed frame of truth; None without any."""
    total = sum(errors.values())
    return sum(count for error, count in errors.items() if abs(error) <= 1) / total if total else None


def together(tallies: Iterable[Tally]) -> Tally:
    """Their sum."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole
