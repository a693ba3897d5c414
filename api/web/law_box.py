"""What the law says about a case, for the officer's eyes: here stands the amount that the notice never carries."""

from dataclasses import dataclass
from datetime import datetime

from api.web.texts import Texts
from evidence.cases import law
from evidence.cases.case import CaseSummary
from evidence.local_time import LOCAL_ZONE
from models.errors import LawError


@dataclass(frozen=True, slots=True)
class LawLine:
    """One line of the box; a `doubt` says how little the text behind it is checked."""

    label: str
    value: str
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class LawAct:
    """One act as the law words it. `brief` is what it costs, for a list of several acts; `lines` say all of it."""

    act: str
    brief: str
    lines: tuple[LawLine, ...]

    @property
    def doubt(self) -> str:
        return next((line.doubt for line in self.lines if line.doubt), "")


@dataclass(frozen=True, slots=True)
class LawBox:
    """The acts, and what holds for all of them. `problem` is set where no dated rule covers an act."""

    acts: tuple[LawAct, ...] = ()
    lines: tuple[LawLine, ...] = ()
    problem: str = ""


def law_box(t: Texts, case: CaseSummary, now: datetime) -> LawBox:
    """For each violation that stands the provision in force when it was captured and its frame; then who may sign the
    penalty decision now."""
    if case.clock_state == "unknown":
        return LawBox(problem=t("refusal.clock_unknown"))
    penalties: list[law.Penalty] = []
    problem = ""
    for violation in case.kept:
        try:
            penalties += law.penalties_for(violation.code, case.vehicle_class, violation.captured_at)
        except LawError:
            problem = t("law.none")
    if not penalties:
        return LawBox(problem=problem)
    lines = (*_points_line(t, penalties), _signer_line(t, tuple(penalties), now))
    return LawBox(tuple(_act(t, penalty) for penalty in penalties), lines, problem)


def _points_line(t: Texts, penalties: list[law.Penalty]) -> list[LawLine]:
    """Of several acts only the largest deduction is made (NĐ 168/2024 Art. 50.1.b)."""
    points = [penalty.points for penalty in penalties if penalty.points]
    return [LawLine(t("law.points_all"), t("law.points_once", n=max(points)))] if len(points) > 1 else []


def _act(t: Texts, penalty: law.Penalty) -> LawAct:
    english = t.language == "en"
    doubt = "" if penalty.confidence == "A" else t("law.doubt", grade=penalty.confidence)
    amounts = {"least": vnd(penalty.fine_min_vnd), "most": vnd(penalty.fine_max_vnd)}
    middle = vnd(penalty.fine_average_vnd)
    frame = t("law.frame_value", **amounts, middle=middle) if penalty.fine_max_vnd else t("law.no_fine")
    points = t("law.points_value", n=penalty.points) if penalty.points else ""
    lines = [
        LawLine(t("law.basis"), penalty.citation_en if english else penalty.citation, doubt),
        LawLine(t("law.frame"), frame),
        LawLine(t("law.points"), points or t("law.points_none")),
    ]
    if penalty.additional:
        lines.append(LawLine(t("law.additional"), penalty.additional))
    fine = t("law.frame_brief", **amounts) if penalty.fine_max_vnd else t("law.no_fine")
    brief = " · ".join(part for part in (fine, points, penalty.additional) if part)
    return LawAct(penalty.act_en if english else penalty.act_vi, brief, tuple(lines))


def _signer_line(t: Texts, penalties: tuple[law.Penalty, ...], now: datetime) -> LawLine:
    try:
        signer = law.required_signer(penalties, now.astimezone(LOCAL_ZONE).date())
    except LawError:
        return LawLine(t("law.signer"), t("law.no_signer"))
    doubt = "" if signer.confidence == "A" else t("law.doubt", grade=signer.confidence)
    return LawLine(t("law.signer"), signer.title_en if t.language == "en" else signer.title_vi, doubt)


def vnd(amount: int) -> str:
    """An amount with the thousands parted as in Vietnam: 18.000.000."""
    return f"{amount:,}".replace(",", ".")
