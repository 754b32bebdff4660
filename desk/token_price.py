"""What a language model's tokens cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class TokenPrice:
    """USD for a million tokens, of what is asked and of what is answered.

    Tokens that a provider reads from its cache are priced as all others: that is never too low.
    """

    asked: Decimal
    answered: Decimal

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        """Return the cost in USD."""
        return (tokens_in * self.asked + tokens_out * self.answered) / MILLION

    def at_most(self, tokens: int) -> Decimal:
        """Return what so many tokens may cost, of whichever kind they are."""
        return tokens * max(self.asked, self.answered) / MILLION

    def at_least(self, tokens: int) -> Decimal:
        """Return what so many tokens cost when all are of the cheaper kind."""
        return tokens * min(self.asked, self.answered) / MILLION
