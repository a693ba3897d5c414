"""The rules (DESIGN §3): Scene in, Violations out. Pure: no model, no video, no file, no clock but the stream's."""

from detector.rules.base import Rule
from detector.rules.judge import RULES, Judge

__all__ = ["RULES", "Judge", "Rule"]
