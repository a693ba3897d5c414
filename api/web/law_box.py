"""What the law says about a case, for the officer's eyes: here stands the amount that the notice never carries."""

from dataclasses import dataclass

from api.web.texts import Texts
from evidence.cases.case import CaseSummary, CaseView


@dataclass(frozen=True, slots=True)
class LawLine:
    """One line of the box."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class LawBox:
    """`problem` is set where no dated rule covers the act."""

    lines: tuple[LawLine, ...]
    problem: str = ""


def law_box(t: Texts, case: CaseSummary, view: CaseView) -> LawBox:
    """The provision in force when the act was captured, its frame and who signs."""
    return LawBox((), t("law.none"))
