"""Walk-forward optimisation: search on the past, score on what follows, doubt all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from desk.edge import Evidence, judge
from desk.findings import Findings, Plan
from desk.heat import heat, most_telling, wandering
from desk.search import Searched, Training, search
from desk.search_space import Space
from desk.searching import Stopped, Told, Unwanted
from trading.backtest import Rules, refuse_untestable
from trading.bootstrap import intervals
from trading.candles import Candles, FloatArray
from trading.errors import BadArgument, NotEnoughHistory
from trading.overfitting import (
    Moments,
    Overfitting,
    deflated_sharpe,
    moments,
    overfitting,
    probabilistic_sharpe,
    sampling_variance,
    without_market,
)
from trading.search_windows import (
    Ground,
    Stretch,
    Window,
    chained,
    figures,
    returns_of,
    stretch_of,
    windows,
)
from trading.strategies.base import Strategy

LONG, SHORT = 2_000, 800  # candles for five and for four windows; fewer make three


def optimize(
    candles: Candles,
    strategy: Strategy,
    rules: Rules,
    plan: Plan,
    told: Told,
    stopped: Stopped,
) -> Findings:
    """Search a strategy's parameters walk-forward and judge what comes out.

    `told` gets lines of progress; when `stopped()` turns true, Unwanted is raised after the set
    of parameters at hand. The same candles and plan give the same findings, bit for bit.

    Errors: BadArgument, NotEnoughHistory, and those of trading.backtest.refuse_untestable.
    """
    space = Space(strategy)
    refuse_untestable(candles)
    cut = _windows(candles, plan)
    # Each is one object, so that what strategies share on it is computed once.
    known = {end: candles[:end] for window in cut for end in (window.split, window.end)}
    known[len(candles)] = candles
    searches = _Searches(space, rules, plan, told, stopped, len(cut) + 1)
    per_window = [searches.on(known[window.split], window.first) for window in cut]
    final = searches.on(candles)
    told(f"{searches.tried} sets tried; weighing what was found")

    first = cut[0].split
    bests = [found.best for found in per_window]
    chain = chained(
        [
            stretch_of(known[window.end], best, rules, window.split)
            for best, window in zip(bests, cut, strict=True)
        ]
    )
    per_year = candles.timeframe.per_year
    seen = stretch_of(candles, final.best, rules, first)
    held = _held(candles[first:], rules)
    population = _Population.of(candles, rules, [*per_window, final], final.best, searches.check)
    evidence = _evidence(candles, chain, held, population, plan.seed)
    across, down = most_telling(space, population.tried, population.sharpes)
    return Findings(
        candles=candles,
        rules=rules,
        windows=cut,
        out_of_sample=evidence.out_of_sample,
        in_sample=figures(seen, per_year),
        hold=evidence.hold,
        equity=chain.equity,
        evidence=evidence,
        judgement=judge(evidence),
        chosen=tuple(bests),
        now=final.best,
        wandering=wandering(space, [*bests, final.best]),
        heat=heat(candles, rules, space, final.best, across, down),
    )


def _windows(candles: Candles, plan: Plan) -> tuple[Window, ...]:
    count = len(candles)
    tests = 5 if count >= LONG else 4 if count >= SHORT else 3
    try:
        return windows(count, tests, rolling=plan.rolling)
    except NotEnoughHistory as error:
        raise NotEnoughHistory(f"{candles.symbol} {candles.timeframe}: {error}") from None


class _Searches:
    """Runs one search after the other and tells how far it is."""

    def __init__(
        self,
        space: Space,
        rules: Rules,
        plan: Plan,
        told: Told,
        stopped: Stopped,
        searches: int,
    ) -> None:
        self._space = space
        self._rules = rules
        self._plan = plan
        self._told = told
        self._stopped = stopped
        self._searches = searches
        self._done = 0

    @property
    def tried(self) -> int:
        return self._done * self._plan.trials

    def on(self, known: Candles, first: int = 0) -> Searched:
        """Search on the candles from `first` on."""
        number = self._done + 1
        end = f"{known.last_close_time:%d %b %Y}"
        where = f"Search {number} of {self._searches}, candles to {end}"
        trials, whole = self._plan.trials, self._plan.trials * self._searches

        def each(done: int) -> None:
            self.check()
            self._told(
                f"{where}: {done} of {trials} sets\n{self.tried + done} of {whole} sets in all"
            )

        training = Training(known, self._rules, first)
        # Each search draws other sets, so that together they cover more.
        found = search(self._space, training, trials, self._plan.seed + number, each)
        self._done = number
        return found

    def check(self) -> None:
        """Raise Unwanted when nobody waits any more."""
        if self._stopped():
            raise Unwanted


@dataclass(frozen=True, eq=False)
class _Population:
    """Every set of parameters that any search tried, measured on all candles.

    `sharpes` per candle; `drawn`: returns (candles, sets) of those that were drawn at random, and
    `variance` that of their Sharpe ratios. The sampler's own sets crowd around the best: they
    would make the variance too small, and among near copies it is chance which one comes first.
    """

    tried: tuple[Strategy, ...]
    sharpes: FloatArray
    best: Moments
    drawn: FloatArray
    variance: float

    @classmethod
    def of(
        cls,
        candles: Candles,
        rules: Rules,
        searches: Sequence[Searched],
        best: Strategy,
        check: Callable[[], None],
    ) -> _Population:
        """Run each distinct set once; `check` may end it by raising."""
        ground = Ground.of(candles, rules)
        every = tuple(dict.fromkeys(one for found in searches for one in found.tried))
        at_random = {one for found in searches for one in found.at_random}
        sharpes, spread, drawn, of_best = [], [], [], None
        for strategy in every:
            check()
            returns = returns_of(ground.run(strategy.signal(candles)).equity)
            measured = moments(returns)
            sharpes.append(0.0 if isnan(measured.sharpe) else measured.sharpe)
            if strategy in at_random:
                drawn.append(returns)
                spread.append(sharpes[-1])
            if strategy == best:
                of_best = measured
        assert of_best is not None  # noqa: S101 - the best was tried
        variance = float(np.var(spread, ddof=1)) if len(spread) > 1 else 0.0
        return cls(every, np.array(sharpes), of_best, np.column_stack(drawn), variance)


def _evidence(
    candles: Candles,
    chain: Stretch,
    held: Stretch,
    population: _Population,
    seed: int,
) -> Evidence:
    timeframe = candles.timeframe
    interval = intervals(chain.equity, timeframe, seed).sharpe
    count = len(population.tried)
    variance = min(population.variance, sampling_variance(population.best))
    beyond = without_market(returns_of(chain.equity), returns_of(held.equity))
    try:
        split = overfitting(population.drawn)
    except BadArgument:
        split = Overfitting(nan, nan, 0)
    return Evidence(
        out_of_sample=figures(chain, timeframe.per_year),
        hold=figures(held, timeframe.per_year),
        sharpe_low=interval.low if interval else nan,
        sharpe_high=interval.high if interval else nan,
        deflated=deflated_sharpe(population.best, variance, count),
        tried=count,
        overfitting=split,
        beyond_market=probabilistic_sharpe(moments(beyond)),
    )


def _held(candles: Candles, rules: Rules) -> Stretch:
    """Buy at the second open and hold to the end."""
    return Ground.of(candles, rules.without_exits()).run(np.ones(len(candles)))
