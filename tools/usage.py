"""How a command is written, for those who wrote it another way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """A command's form, such as `/chart <symbol> [timeframe]`, and an example."""

    form: str
    example: str

    @property
    def whole(self) -> str:
        """For who wrote no words at all, or too many."""
        return f"Usage: {self.form}. {self.short}"

    @property
    def short(self) -> str:
        """For a slip in one of the words."""
        return f"Example: {self.example}"
