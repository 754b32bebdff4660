"""What a track record shows, and what it does not, in plain words."""

from __future__ import annotations

from desk.figures import grouped, percent
from trading.resampled import Estimate
from trading.standing import LEAST, Skill, Standing

MINE = "Your own questions only; nobody else sees them here."
SHARES = (
    "A vote share is of the votes for and against; runs that failed, or were stopped since the "
    "result stood, are neither: what these would have said is not known."
)
MEANINGS = (
    "n: scored calls. hit: a long and the price was higher at its horizon, a short and it was "
    "lower; an unchanged price is no hit.",
    "Brier: squared error of the chance of a rise, 0 is best, a coin has 0.250. A long stands for "
    "its vote share, a short for the rest of it, a flat for one half.",
    SHARES,
    "paper: the mean a long or short made, from the price at the question to the close at its "
    "horizon, after fee and slippage on both sides. The forecast speaks of closes: it starts at "
    "the last one before the question.",
)
FLATS = "A flat is right when the move was no larger than the costs of going in and out, {costs}."
OVERLAP = (
    "Intervals are 95 %. Calls that overlap on one coin count as one. Coins move together too, so "
    "in truth they are somewhat wider."
)
BY_LUCK = (
    "by luck: what the same longs and shorts hit when dealt at random, one half at least. Always "
    "saying long while prices rise is no skill."
)


def rate(share: float) -> str:
    """Write a rate: `58.5 %`."""
    return f"{grouped(share * 100, 1)} %"


def rates(seen: Estimate) -> str:
    """Write the interval of a rate: `42.8 to 72.6 %`."""
    return f"{grouped(seen.low * 100, 1)} to {grouped(seen.high * 100, 1)} %"


def returns(seen: Estimate) -> str:
    """Write the interval of a return: `−0.31 to +0.52 %`."""
    low, high = (percent(end, signed=True) for end in (seen.low, seen.high))
    return f"{low.removesuffix(' %')} to {high}"


def verdict_on(name: str, seen: Standing) -> str:
    """Say what may be concluded of somebody's calls; never more than their number carries.

    Fewer than 30 that don't overlap say nothing. Better or worse than chance is said where the
    whole interval of the hit rate lies beyond what luck gives, earning and losing where that of
    the mean paper return lies on one side of nothing.
    """
    if seen.hit is None or seen.brier is None:
        flats = f"{seen.flat_hits} of {seen.flats} flats were right"
        return f"{name}: {flats}; no long or short is scored.{_chances(seen)}"
    if seen.skill is Skill.TOO_FEW:
        apart = "" if seen.independent == seen.directional else " that don't overlap"
        few = f"too few (n={seen.independent}{apart}) to say anything: {LEAST} are the least"
        return f"{name}: {few}."
    hits = f"{rate(seen.hit.value)} hits ({rates(seen.hit)}), {rate(seen.chance)} by luck"
    return f"{name}: {_against_luck(seen.skill)}: {hits}. {_on_paper(seen)}{_chances(seen)}"


def _against_luck(skill: Skill) -> str:
    return {
        Skill.BETTER: "better than chance",
        Skill.WORSE: "worse than chance",
    }.get(skill, "no better than chance")


def _on_paper(seen: Standing) -> str:
    return {
        Skill.BETTER: "Following it made money after costs.",
        Skill.WORSE: "Following it lost money after costs.",
    }.get(seen.paper_skill, "After costs, following it is not shown to make or lose money.")


def _chances(seen: Standing) -> str:
    """Say what the chances are worth, where they are not worth just a coin's."""
    return {
        Skill.BETTER: " Its chances tell more than a coin's.",
        Skill.WORSE: " Its chances are worse than a coin's: it is too sure of itself.",
    }.get(seen.brier_skill, "")
