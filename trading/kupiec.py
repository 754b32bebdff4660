"""Whether a value at risk has held: how often it was exceeded, and whether by chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import erfc, log, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trading.errors import BadArgument

Judgement = Literal["fits", "exceeded too often", "exceeded too seldom", "too few days to tell"]
SIGNIFICANCE = 0.05
LEAST_EXPECTED = 5.0  # exceedances; with fewer the test's distribution is a guess


@dataclass(frozen=True)
class Coverage:
    """How often a VaR of this level was exceeded on days that it was computed before.

    `in_runs`: exceedances follow each other more than chance would have it (Christoffersen).
    """

    days: int
    exceeded: int
    level: float
    in_runs: bool

    @property
    def expected(self) -> float:
        """The share of days that a right VaR is exceeded on."""
        return 1.0 - self.level

    @property
    def share(self) -> float:
        return self.exceeded / self.days if self.days else 0.0

    @cached_property
    def ratio(self) -> float:
        return proportion_of_failures(self.days, self.exceeded, self.expected)

    @property
    def p_value(self) -> float:
        """How often a right VaR would look at least this wrong."""
        return chance_beyond(self.ratio)

    @property
    def judgement(self) -> Judgement:
        """Say in words what Kupiec's test says at the 5 % level."""
        if self.days * self.expected < LEAST_EXPECTED - 1e-9:
            return "too few days to tell"
        if self.p_value >= SIGNIFICANCE:
            return "fits"
        often = self.share > self.expected
        return "exceeded too often" if often else "exceeded too seldom"


def coverage(exceeded: NDArray[np.bool_], level: float) -> Coverage:
    """Judge a VaR by the days (in their order) on which the loss was larger than it said."""
    if not 0.0 < level < 1.0:
        raise BadArgument(f"level is {level}; it must lie between 0 and 1, such as 0.95.")
    return Coverage(
        days=len(exceeded),
        exceeded=int(np.count_nonzero(exceeded)),
        level=level,
        in_runs=_in_runs(exceeded),
    )


def proportion_of_failures(days: int, exceeded: int, expected: float) -> float:
    """Return Kupiec's likelihood ratio, chi-square with one degree of freedom for a right VaR.

    −2 ln of the likelihood of the expected share over that of the observed one. (Kupiec 1995,
    "Techniques for verifying the accuracy of risk measurement models", Journal of Derivatives 3.)
    """
    if not 0 <= exceeded <= days or not 0.0 < expected < 1.0:
        raise BadArgument(f"{exceeded} of {days} days at {expected} can't be tested.")
    if not days:
        return 0.0
    wanted = _likelihood(days - exceeded, exceeded, expected)
    seen = _likelihood(days - exceeded, exceeded, exceeded / days)
    return max(0.0, 2.0 * (seen - wanted))


def independence(exceeded: NDArray[np.bool_]) -> float:
    """Return Christoffersen's likelihood ratio, chi-square with one degree of freedom.

    Whether the chance of an exceedance is another one after an exceedance. (Christoffersen 1998,
    "Evaluating interval forecasts", International Economic Review 39.)
    """
    before, after = exceeded[:-1], exceeded[1:]
    calm = int(np.count_nonzero(~before & ~after)), int(np.count_nonzero(~before & after))
    bad = int(np.count_nonzero(before & ~after)), int(np.count_nonzero(before & after))
    if not sum(calm) or not sum(bad):
        return 0.0
    together = (calm[1] + bad[1]) / (sum(calm) + sum(bad))
    apart = _likelihood(*calm, calm[1] / sum(calm)) + _likelihood(*bad, bad[1] / sum(bad))
    alike = _likelihood(calm[0] + bad[0], calm[1] + bad[1], together)
    return max(0.0, 2.0 * (apart - alike))


def _in_runs(exceeded: NDArray[np.bool_]) -> bool:
    after = exceeded[1:][exceeded[:-1]]
    follow = bool(len(after)) and float(after.mean()) > float(exceeded.mean())
    return follow and chance_beyond(independence(exceeded)) < SIGNIFICANCE


def chance_beyond(ratio: float) -> float:
    """Return the chance that a chi-square of one degree of freedom is larger."""
    return erfc(sqrt(ratio / 2.0))


def _likelihood(kept: int, failed: int, share: float) -> float:
    """Return the log likelihood of so many days that kept and failed; 0 · ln 0 counts as 0."""
    total = kept * log(1.0 - share) if kept else 0.0
    return total + (failed * log(share) if failed else 0.0)
