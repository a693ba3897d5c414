"""Tells the user, once each, which rules are suspended on a camera, why, since when, and what to do about it."""

from collections.abc import Callable

import structlog

from api.json_lines import time_text
from detector.suspensions import Trouble
from detector.vocabulary import Scene, Suspension

log = structlog.get_logger(__name__)

UNTIL_CLEARED = " They stay suspended until the run ends, on a live camera until `phatnguoi camera clear`."
# What is wrong and what to do, by trouble.
WORDS: dict[Trouble, tuple[str, str]] = {
    Trouble.MOVED: (
        "the view has moved",
        "Turn the camera back, or draw its geometry again." + UNTIL_CLEARED,
    ),
    Trouble.DIM: ("it is too dim to judge heads", "Street lamps or an infrared lamp would help."),
    Trouble.DARK: ("it is too dark to see the street", "Check the street lamps and the camera's exposure."),
    Trouble.FOG: (
        "fog or haze hides the street",
        "Nothing is to be done while the weather lasts; else clean the lens.",
    ),
    Trouble.BLURRED: ("the picture is blurred", "Clean the lens and check its focus."),
    Trouble.BLIND: ("the picture is blurred beyond use", "Clean the lens and check its focus."),
    Trouble.HIDDEN: ("something covers a part of the picture", "Clean the lens and look for leaves or webs before it."),
    Trouble.GLARE: ("light blinds the camera", "Shade the lens from the sun, or turn the lamp that shines into it."),
    Trouble.TURMOIL: ("boxes jump to and fro as no vehicle does", "Check the stream, the weights and the camera."),
    Trouble.FROZEN: ("the picture stands still", "Restart the camera or its recorder."),
    Trouble.CLOCK: (
        "the stream's clock and this machine's differ",
        "Set both by the same time server (NTP)." + UNTIL_CLEARED,
    ),
}


class SuspensionNotes:
    """One line for each suspension that begins, and one for each that ends; also in the log."""

    def __init__(self, source: str, tell: Callable[[str], None]) -> None:
        """`source` names the footage or the camera; `tell` is given each line."""
        self._source = source
        self._tell = tell
        self._told: dict[str, Suspension] = {}

    def look(self, scene: Scene) -> None:
        """Compares the scene with the one before. The last one of a run ends nothing: the footage ended, not the trouble."""
        if scene.is_last:
            return
        now = {suspension.reason: suspension for suspension in scene.suspensions}
        for reason, suspension in now.items():
            if reason not in self._told:
                self._begin(suspension)
        for reason in self._told.keys() - now.keys():
            log.warning("suspension ended", source=self._source, reason=reason, at=time_text(scene.captured_at))
            self._tell(f"{self._source}: {WORDS[Trouble(reason)][0]}: no longer; the rules are believed again.")
        self._told = now

    def _begin(self, suspension: Suspension) -> None:
        what, remedy = WORDS[Trouble(suspension.reason)]
        since = time_text(suspension.since)
        log.warning("rules suspended", source=self._source, reason=suspension.reason, since=since,
                    rules=list(suspension.rules), measured=suspension.measured)  # fmt: skip
        rules = ", ".join(suspension.rules)
        self._tell(f"{self._source}: {what} since {since}: {rules} suspended. {remedy}")
