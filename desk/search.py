"""The search for a strategy's best parameters on one stretch of the past, with optuna."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import optuna
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.trial import Trial, TrialState

from desk.search_space import Space
from trading.backtest import Rules
from trading.candles import Candles, FloatArray
from trading.errors import BadArgument
from trading.search_windows import Figures, Ground, figures
from trading.strategies.base import Strategy

AT_RANDOM = 16  # sets drawn before the sampler learns from them
FEW_TRADES = -1_000.0  # below any Sharpe ratio; more trades are better among these
CANDLES_A_TRADE = 300
LEAST_TRADES, ENOUGH_TRADES = 5, 30
Each = Callable[[int], None]


class Training:
    """Scores strategies on the training stretch of a window.

    The score is the annualised Sharpe ratio; with too few trades it is below any of these.
    """

    def __init__(self, known: Candles, rules: Rules, first: int = 0) -> None:
        """`known` ends with the training; the candles before `first` only warm strategies up."""
        self._known = known
        self._first = first
        whole = known[first:] if first else known
        self._half = Ground.of(whole[: len(whole) // 2], rules)
        self._whole = Ground.of(whole, rules)
        self._per_year = known.timeframe.per_year

    def signal(self, strategy: Strategy) -> FloatArray:
        return strategy.signal(self._known)[self._first :]

    def half(self, signal: FloatArray) -> float:
        """Return the Sharpe ratio of the first half, however few trades it has by then."""
        return self._figures(self._half, signal[: len(self._half.candles)]).sharpe

    def whole(self, signal: FloatArray) -> float:
        """Return the score."""
        return ranked(self._figures(self._whole, signal), len(self._whole.candles))

    def _figures(self, ground: Ground, signal: FloatArray) -> Figures:
        return figures(ground.run(signal), self._per_year)


def ranked(measured: Figures, candles: int) -> float:
    """Return what a search maximises: the Sharpe ratio, given enough trades."""
    if measured.trades < least_trades(candles):
        return FEW_TRADES + measured.trades
    return measured.sharpe


def least_trades(candles: int) -> int:
    """Return how many closed trades a Sharpe ratio over so many candles must rest on."""
    return min(max(candles // CANDLES_A_TRADE, LEAST_TRADES), ENOUGH_TRADES)


@dataclass(frozen=True)
class Searched:
    """The best strategy, all distinct ones that were tried, and those drawn at random."""

    best: Strategy
    tried: tuple[Strategy, ...]
    at_random: tuple[Strategy, ...]


def search(space: Space, training: Training, trials: int, seed: int, each: Each) -> Searched:
    """Try up to `trials` sets of parameters; `each` is told after every one how many it were.

    What `each` raises ends the search. Sets that don't go together and sets that are below the
    median after half of the stretch are given up; none is run twice. Equal arguments give equal
    results.

    Errors: BadArgument when no set of values goes together.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    at_random = min(AT_RANDOM, max(1, trials // 2))
    study = optuna.create_study(
        sampler=TPESampler(seed=seed, n_startup_trials=at_random),
        pruner=MedianPruner(n_startup_trials=at_random),
        direction="maximize",
    )
    if space.start is not None:
        study.enqueue_trial(space.start)
    seen: dict[Strategy, float | None] = {}
    drawn: dict[Strategy, None] = {}
    for number in range(trials):
        trial = study.ask()
        try:
            strategy = space.strategy(_suggested(trial, space))
        except BadArgument:
            study.tell(trial, state=TrialState.PRUNED)
            each(number + 1)
            continue
        if strategy not in seen:
            seen[strategy] = _tried(trial, training, strategy)
        if number < at_random:
            drawn[strategy] = None
        value = seen[strategy]
        study.tell(trial, value, TrialState.PRUNED if value is None else TrialState.COMPLETE)
        each(number + 1)
    scores = {strategy: value for strategy, value in seen.items() if value is not None}
    if not scores:
        raise BadArgument(f"{space.base.title}: none of {trials} sets of parameters can be tried.")
    return Searched(max(scores, key=lambda one: scores[one]), tuple(seen), tuple(drawn))


def _suggested(trial: Trial, space: Space) -> dict[str, float | int]:
    """Let the sampler choose a value of each searched parameter."""
    chosen: dict[str, float | int] = {}
    for name, mark in space.ranges.items():
        if space.whole(name):
            chosen[name] = trial.suggest_int(name, int(mark.least), int(mark.most), log=mark.log)
        else:
            value = trial.suggest_float(name, mark.least, mark.most, log=mark.log)
            # As a person would write it: what is shown is then what was tested.
            chosen[name] = min(max(float(f"{value:.3g}"), mark.least), mark.most)
    return chosen


def _tried(trial: Trial, training: Training, strategy: Strategy) -> float | None:
    """Score a strategy; None when it is given up half way."""
    signal = training.signal(strategy)
    trial.report(training.half(signal), 0)
    return None if trial.should_prune() else training.whole(signal)
