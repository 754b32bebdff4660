"""Counting votes: pure, the same for every order in which the runs end.

The rule: a verdict needs more than half of *all* runs, failed ones included. So no run that
failed, and none that is still out, could have overturned it; everything less is "no call".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Literal

from agents.answer import Stance

NO_CALL: Literal["no call"] = "no call"


@dataclass(frozen=True, order=True)
class Ballot:
    """What a run voted for: two runs agree when stance and symbol are the same.

    `symbol` is empty for the stance none.
    """

    stance: Stance
    symbol: str = ""


@dataclass(frozen=True)
class Decided:
    """The counted result: the winning ballot, or None and the reason why there is none."""

    winner: Ballot | None
    reason: str = ""


def decide(ballots: Sequence[Ballot | None], runs: int) -> Decided | None:
    """Count the votes cast so far of `runs` runs; None while the result is still open.

    A failed run is the ballot None. Votes that come later can't change a result.
    """
    counts = Counter(ballot for ballot in ballots if ballot is not None)
    needed = runs // 2 + 1
    best = max(counts.values(), default=0)
    if best >= needed:
        return Decided(next(ballot for ballot, count in counts.items() if count == best))
    if best + runs - len(ballots) >= needed:
        return None
    return Decided(None, _why_none(counts, ballots.count(None), runs, needed))


def _why_none(counts: Mapping[Ballot, int], failed: int, runs: int, needed: int) -> str:
    cast = ", ".join(f"{count} {name(ballot)}" for ballot, count in sorted(counts.items()))
    if not counts:
        return f"none of the {runs} runs gave an answer"
    if failed and max(counts.values()) + failed >= needed:
        return f"{failed} of {runs} runs gave no answer, so no majority was reached ({cast})"
    return f"the runs disagree: {cast}; {needed} of {runs} would be needed"


def name(ballot: Ballot) -> str:
    """Write a ballot for a person: `long BTC/USDT`, `no decision`."""
    if ballot.stance == "none":
        return "no decision"
    return f"{ballot.stance} {ballot.symbol}".rstrip()


def middle(values: Sequence[Decimal | None]) -> Decimal | None:
    """Return the median of the values that there are; None when there are none."""
    given = [value for value in values if value is not None]
    return median(given) if given else None
