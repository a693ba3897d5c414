"""Why nobody was reported where somebody might have been: the acquittals of a run, as JSON lines and in words."""

from collections.abc import Mapping

from api.json_lines import time_text
from detector.rules.abstained import Reason
from detector.vocabulary import Abstention, JsonValue

WORDS = {
    Reason.SUSPENDED: "the rule was suspended on this camera",
    Reason.SIGNAL_UNKNOWN: "no lamp that governs could be read, or lamps contradict each other",
    Reason.MOVEMENT_UNKNOWN: "which way it went did not show, and not every way was forbidden",
    Reason.AFTER_RED_ONSET: "red had begun within the operator's margin",
    Reason.BEFORE_GREEN: "the lamp changed within the operator's margin",
    Reason.CROSSING_UNSEEN: "the passing of the line itself was out of sight",
    Reason.ONLY_BOX_MOVED: "one edge of its box moved and the other did not: a neighbour came or went",
    Reason.LOST_AT_LINE: "it was lost from sight before it showed whether it went on",
    Reason.FOOTAGE_ENDED: "the footage ended before it showed whether the lamp changed within the operator's margin",
    Reason.BRIEF_STAND: "it stood over the line only for a moment, or hardly over it",
    Reason.SHORT_STAY: "it was in the closed lane too briefly or not far enough",
    Reason.SHORT_WAY: "it went against the lane too briefly or not far enough",
    Reason.SLOW: "it was no faster than a bike that is walked",
    Reason.UNSTEADY: "it moved to and fro, in a jump, or was seen only in part",
    Reason.CLASS_UNSURE: "the looks do not agree on what kind of vehicle it is",
    Reason.FEW_LOOKS: "the head was seen too seldom or too briefly",
    Reason.LOOKS_DISAGREE: "not enough looks say surely that the head is bare",
    Reason.SEAT_UNKNOWN: "rider and passenger cannot be told apart",
}


def abstention_line(abstention: Abstention) -> dict[str, JsonValue]:
    """One acquittal as a JSON line; times and frames as in `violation_line`."""
    return {
        "code": abstention.code,
        "rule": abstention.rule,
        "track_id": abstention.track_id,
        "vehicle_class": abstention.vehicle_class.value,
        "captured_at": time_text(abstention.captured_at),
        "frame": abstention.frame,
        "reason": abstention.reason,
        "facts": dict(abstention.facts),
    }


def in_words(line: Mapping[str, JsonValue]) -> str:
    """One acquittal for people: `frame 87: motorcycle (track 12), no RED_LIGHT: why (word)`."""
    who = f"{line['vehicle_class']} (track {line['track_id']})"
    return f"frame {line['frame']}: {who}, no {line['code']}: {WORDS[Reason(str(line['reason']))]} ({line['reason']})"
