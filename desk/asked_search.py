"""A walk-forward search that somebody asks for: refused, or shared with whoever asks the same."""

from __future__ import annotations

from datetime import timedelta

from desk.findings import Findings, Plan
from desk.fingerprints import fingerprint_of
from desk.research import Report, Research
from desk.searching import Stopped, Told
from desk.trial import Trial
from trading.candles import Candles, Timeframe, from_ms
from trading.errors import BadArgument, NotEnoughHistory
from trading.strategies.base import Strategy

SHORTEST = timedelta(days=60)  # a year's Sharpe ratio from less means nothing


async def findings_of(research: Research, trial: Trial, plan: Plan, told: Told) -> Report[Findings]:
    """Search the trial's strategy on the research's market; equal searches run once.

    `told` gets lines of progress. Who is cancelled while waiting leaves; the search ends with
    the last one. Errors: those of desk.ports.MarketData and desk.optimizing.optimize,
    BadArgument for a strategy that has nothing to search or needs two symbols, and
    NotEnoughHistory for candles that span less than 60 days.
    """
    strategy = trial.strategy
    if not isinstance(strategy, Strategy):
        raise BadArgument(
            f"{strategy.title} trades two symbols; only strategies of one can be searched."
        )
    if not strategy.searched():
        raise BadArgument(f"{strategy.title} has no parameters to search.")
    candles = await research.snapshot.candles(trial.symbol, trial.timeframe, trial.candles)
    _refuse_short(candles)

    def work(tell: Told, stopped: Stopped) -> Findings:
        # optuna takes half a second to load, which must not be the event loop's.
        from desk.optimizing import optimize

        return optimize(candles, strategy, trial.rules, plan, tell, stopped)

    key = (research.snapshot.name, trial, plan, fingerprint_of(candles))
    found = await research.lab.searching.run(key, work, told)
    return Report(candles, found, strategy.title)


def _refuse_short(candles: Candles) -> None:
    span = candles.last_close_time - from_ms(int(candles.time[0]))
    longer = [frame for frame in Timeframe if frame.delta * len(candles) >= SHORTEST]
    if span >= SHORTEST or not longer:  # Fewer than nine candles are told as too few.
        return
    reach = f"{span.days} days" if span.days != 1 else "1 day"
    raise NotEnoughHistory(
        f"The {len(candles)} candles of {candles.symbol} {candles.timeframe} reach over {reach}; a "
        f"search needs {SHORTEST.days}, or its Sharpe ratios mean nothing. As many candles of "
        f"{min(longer, key=lambda frame: frame.ms)} would do."
    )
