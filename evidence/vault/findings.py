"""What verification finds wrong."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: the file (relative to what was verified, ledger lines as file:line) and what is wrong with it."""

    file: str
    what: str

    def line(self) -> str:
        """The sentence as shown."""
        return f"{self.file}: {self.what}"
