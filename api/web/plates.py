"""What a typed plate looks like to the grammar, said in words while the officer types."""

from dataclasses import dataclass

from api.web.texts import Texts
from evidence.cases.case import CaseSummary
from ocr import grammar


@dataclass(frozen=True, slots=True)
class PlateVerdict:
    """`tone`: "good", "warn" (a plate, but not of such a vehicle), "bad" or "" for nothing typed."""

    tone: str
    text: str
    kind: str | None
    message: str


def judged(t: Texts, typed: str, case: CaseSummary | None = None) -> PlateVerdict:
    """Check a typed text; with a case, also against the vehicle it is on."""
    text = grammar.norm(typed)
    if not text:
        return PlateVerdict("", "", None, "")
    anywhere = grammar.fits(text)
    if anywhere is None:
        return PlateVerdict("bad", text, None, t("plate.no_plate"))
    if case is None:
        return PlateVerdict("good", text, anywhere, _said(t, text, anywhere))
    here = grammar.fits(text, case.plate.lines, case.vehicle_class) or grammar.fits(text, 0, case.vehicle_class)
    if here is None:
        vehicle = t.named("vehicle", case.vehicle_class.value).lower()
        return PlateVerdict(
            "warn", text, anywhere, t("plate.other_vehicle", said=_said(t, text, anywhere), vehicle=vehicle)
        )
    return PlateVerdict("good", text, here, _said(t, text, here))


def _said(t: Texts, text: str, kind: str) -> str:
    return f"{grammar.formatted(text, kind)} · {t.named('plate_kind', kind)}"
