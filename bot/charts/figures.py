"""How numbers look on a chart: thin spaces, only the digits that say something."""

from __future__ import annotations

import math
from dataclasses import dataclass

from desk import figures
from trading.measure import THIN_SPACE

_LARGE = ((12, "T"), (9, "B"), (6, "M"))


@dataclass(frozen=True)
class Figures:
    """A number format: the value is divided by 10^`exponent`, `suffix` says so."""

    exponent: int
    suffix: str
    decimals: int

    @classmethod
    def for_axis(cls, high: float, step: float) -> Figures:
        """Choose a format for figures up to `high` that tells figures `step` apart."""
        exponent, suffix = _unit(high)
        return cls(exponent, suffix, max(0, exponent - power_of_ten(step)))

    def text(self, value: float) -> str:
        scaled = value / 10.0**self.exponent
        number = f"{abs(scaled):,.{self.decimals}f}".replace(",", THIN_SPACE)
        minus = "−" if scaled < 0 and any(digit in "123456789" for digit in number) else ""
        return f"{minus}{number}{self.suffix}"


def price_text(value: float) -> str:
    """A price as the cards write it, shortened where that would be wider than a chart."""
    if value == 0 or 1e-9 <= abs(value) < 1e12:
        return figures.price(value)
    return Figures.for_axis(value, 10.0 ** (power_of_ten(value) - 4)).text(value)


def power_of_ten(value: float) -> int:
    """The exponent of the leading digit, 3 for 2 690.5; 0 for zero; never below −290."""
    return max(-290, math.floor(math.log10(abs(value)) + 1e-9)) if value else 0


def compact(value: float) -> str:
    """Three digits and a letter: 3.42K, 18.1M; 2.50e-6 for what is next to nothing."""
    power = power_of_ten(value)
    if power < -4:
        return Figures(power, f"e{power}", 2).text(value)
    if 3 <= power < 6:
        return f"{value / 1e3:.{5 - power}f}K"
    return Figures.for_axis(value, 10.0 ** (power - 2)).text(value)


def _unit(high: float) -> tuple[int, str]:
    power = power_of_ten(high)
    if power >= 15 or power < -9:
        return power, f"e{power}"
    if power >= 7:
        return next(unit for unit in _LARGE if power >= unit[0])
    return 0, ""
