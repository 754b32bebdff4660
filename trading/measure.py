"""A limit as it stands: how much of it is used, and both figures in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

THIN_SPACE = "\u202f"


@dataclass(frozen=True)
class Breach:
    """A limit that the order breaks: its name, the value, the bound, and both in words."""

    limit: str
    value: Decimal
    bound: Decimal
    text: str


@dataclass(frozen=True)
class Measure:
    """What an order makes of one limit; `nearest` names the limit in a few words.

    `bound` is above zero, so that limits of different kinds compare by the share that is used.
    """

    limit: str
    value: Decimal
    bound: Decimal
    broken: bool
    text: str
    nearest: str

    @property
    def used(self) -> Decimal:
        """The share of the limit that is used, 1 at the limit."""
        return self.value / self.bound

    @property
    def breach(self) -> Breach:
        return Breach(self.limit, self.value, self.bound, self.text)


def number(value: Decimal) -> str:
    """Write a number with all its digits, without exponent or idle zeros."""
    return _grouped(f"{value.normalize():,f}")


def short(value: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    """Write a number with two decimals at most."""
    return number(value.quantize(Decimal("0.01"), rounding))


def amount(value: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    """Write an amount of money to the cent."""
    return _grouped(f"{value.quantize(Decimal('0.01'), rounding):,f}")


def percent(value: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    """Write a fraction as a percentage with two decimals at most."""
    return f"{short(value * 100, rounding)} %"


def _grouped(text: str) -> str:
    return text.replace(",", THIN_SPACE).replace("-", "−")
