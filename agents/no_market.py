"""A run that could not read the market has no vote, whatever it says."""

from __future__ import annotations

from agents import failure
from agents.failure import Failed
from agents.trace import TracedRun
from trading.symbols import exchange_of

# Their figures are no look at a market: one may know the book and the news, and no price.
BESIDE = frozenset({"portfolio", "news", "derive"})
# How a run ends whose model is honest, or stubborn, about tools that all fail.
ENDINGS = frozenset({failure.NO_EVIDENCE.label, failure.LOOPING.label})


def without_market(run: TracedRun, source: str, *, informs: bool) -> TracedRun:
    """Return the run, as failed when it asked the market and got nothing from it.

    An answer that there is nothing to decide stands if it `informs` on something else, such as
    the account. `source` is the market's name.
    """
    errors = [call.error for call in run.calls if call.market_down]
    if not errors or any(call.facts and call.tool not in BESIDE for call in run.calls):
        return run
    if run.failure is not None and run.failure.label not in ENDINGS:
        return run
    answer = run.answer
    knows = any(call.facts for call in run.calls)
    if answer is not None and answer.stance == "none" and informs and knows:
        return run
    name = exchange_of(answer.symbol) if answer else ""
    return run.model_copy(
        update={
            "answer": None,
            "headline": "",
            "reasons": (),
            "referenced": (),
            "prose_dropped": False,
            "failure": no_market(errors[0], name or source),
        }
    )


def no_market(error: str, source: str) -> Failed:
    """Quote what the tool said, which names the exchange and the next step."""
    named = error if source.lower() in error.lower() else f"{source}: {error}"
    return Failed(failure.NO_MARKET.label, f"The market could not be read: {named}")
