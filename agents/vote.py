"""Counting votes: pure, the same for every order in which the runs end.

The rule: a verdict needs more than half of *all* runs, failed ones included. So no run that
failed, and none that is still out, could have overturned it; everything less is "no call".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from statistics import median
from typing import Literal

from agents.answer import Stance
from agents.vote_words import WORDS
from desk.language import Language

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


class VoteMode(StrEnum):
    """When the runs of a decision start.

    fast: all at once; thrifty: a majority, and more only as long as the result is open. The
    verdict is the same.
    """

    FAST = "fast"
    THRIFTY = "thrifty"


@dataclass(frozen=True)
class Plan:
    """How the `runs` runs of a question are started and counted.

    `informs`: the question was not read as one for a decision. Then one run starts. If it answers
    none (there is nothing to decide), that is the answer: no stance and no order can come of it.
    If it takes a stance, the others start and all of them vote, so one run alone never decides.
    """

    runs: int
    mode: VoteMode = VoteMode.FAST
    informs: bool = False
    language: Language = Language.EN

    def result(self, ballots: Sequence[Ballot | None]) -> Decided | None:
        """Count the runs that have ended, whatever their order; None while it is open."""
        answers = {ballot for ballot in ballots if ballot is not None}
        if self.informs and len(answers) == 1 and (only := answers.pop()).stance == "none":
            return Decided(only)
        return decide(ballots, self.runs, self.language)

    def to_start(self, ballots: Sequence[Ballot | None], waiting: int) -> int:
        """Return how many more runs to start, where `waiting` are under way."""
        left = self.runs - len(ballots) - waiting
        if self.result(ballots) is not None:
            return 0
        counts = Counter(ballot for ballot in ballots if ballot is not None)
        if self.informs and not counts:
            return 0 if waiting else min(left, 1)
        if self.mode is VoteMode.FAST:
            return left
        # As many as the leader lacks: while the result is open there are always as many left.
        best = max(counts.values(), default=0)
        return max(0, majority_of(self.runs) - best - waiting)


def majority_of(runs: int) -> int:
    """Return how many of `runs` runs a verdict needs: more than half."""
    return runs // 2 + 1


def decide(
    ballots: Sequence[Ballot | None], runs: int, language: Language = Language.EN
) -> Decided | None:
    """Count the votes cast so far of `runs` runs; None while the result is still open.

    A failed run is the ballot None. Votes that come later can't change a result. The reason is
    told in `language`.
    """
    counts = Counter(ballot for ballot in ballots if ballot is not None)
    needed = majority_of(runs)
    best = max(counts.values(), default=0)
    if best >= needed:
        return Decided(next(ballot for ballot, count in counts.items() if count == best))
    if best + runs - len(ballots) >= needed:
        return None
    return Decided(None, _why_none(counts, ballots.count(None), runs, needed, language))


def _why_none(
    counts: Mapping[Ballot, int], failed: int, runs: int, needed: int, language: Language
) -> str:
    words = WORDS[language]
    if not counts:
        pattern = words.impossible if failed < runs else words.nobody
        return pattern.format(failed=failed, runs=runs)
    parts = (f"{count} {name(ballot, language)}" for ballot, count in sorted(counts.items()))
    cast = words.comma.join(parts)
    if failed and max(counts.values()) + failed >= needed:
        return words.too_few.format(failed=failed, runs=runs, cast=cast)
    return words.apart.format(cast=cast, needed=needed, runs=runs)


def name(ballot: Ballot, language: Language = Language.EN) -> str:
    """Write a ballot for a person: `LONG BTC/USDT`, `no decision`."""
    words = WORDS[language]
    patterns = {"long": words.long, "short": words.short, "flat": words.flat, "none": words.none}
    return patterns[ballot.stance].format(symbol=ballot.symbol).rstrip()


def middle(values: Sequence[Decimal | None]) -> Decimal | None:
    """Return the median of the values that there are; None when there are none."""
    given = [value for value in values if value is not None]
    return median(given) if given else None
