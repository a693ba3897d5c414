"""What the heads detector and the second look say of a head together: the second look may spare, never accuse.

Measured on scenes that neither was trained on (models/cards/head_look.md): where each may overrule the other, more
bare heads are found, but helmets are accused that the detector had seen for what they are.
"""

HELMET, NO_HELMET = "helmet", "no_helmet"
# A head that the detector calls bare stays bare only where the second look gives that at least this probability.
BARE_LEAST = 0.40


def together(label: str, bare_probability: float) -> str:
    """The label of a head that the detector calls `label`, and the second look bare with this probability (0..1)."""
    return HELMET if label == NO_HELMET and bare_probability < BARE_LEAST else label
