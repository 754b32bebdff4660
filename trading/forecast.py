"""Will the price be higher in a few candles, and how far does it move? What is that worth?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # ships no types

from trading.calibration import Calibration, calibrated, fit
from trading.candles import Candles, FloatArray
from trading.cleaning import Cleaned, clean
from trading.errors import BadArgument, NotEnoughHistory
from trading.expected_move import Move, Moves, expected_move, learn_moves
from trading.features import WARM_UP, features, labels
from trading.generated import generated
from trading.jumps import refuse_jumps
from trading.learners import Library, Trees, learn
from trading.linear import learn_line
from trading.proof import Proof, Told, judge
from trading.walk_forward import (
    Each,
    Learn,
    Rows,
    base_rates,
    judged,
    predict_folds,
    split,
    unheard,
)

LEAST_ROWS = 400
LONGEST_HORIZON = 50
LEAST_FOLDS, MOST_FOLDS = 2, 20


@dataclass(frozen=True)
class Plan:
    """How to learn: for how many candles ahead, whose trees, in how many folds.

    `threads` learn a fold each; the outcome does not depend on their number.

    Errors: BadArgument for a horizon outside 1 to 50 or folds outside 2 to 20.
    """

    horizon: int = 4
    library: Library = Library.LIGHTGBM
    folds: int = 8
    seed: int = 7
    threads: int = 2

    def __post_init__(self) -> None:
        for name, value, least, most in (
            ("horizon", self.horizon, 1, LONGEST_HORIZON),
            ("folds", self.folds, LEAST_FOLDS, MOST_FOLDS),
        ):
            if not least <= value <= most:
                raise BadArgument(f"{name} is {value}; it must lie between {least} and {most}.")


@dataclass(frozen=True, eq=False)
class Trained:
    """What was learned from `candles`, and how well it did on those it had not seen.

    `gains`: each feature's share of what the trees' splits gained, the largest first.
    """

    candles: Candles
    plan: Plan
    trees: Trees
    calibration: Calibration
    base_rate: float
    proof: Proof
    moves: Moves
    gains: tuple[tuple[str, float], ...]

    def newer(self, candles: Candles) -> int | None:
        """Return how many of `candles` came after those that were learned from.

        None: they are not the same market's, end before, or differ where both know them.
        """
        known = self.candles
        if (known.symbol, known.timeframe) != (candles.symbol, candles.timeframe):
            return None
        first = max(known.time[0], candles.time[0])
        old = known[int(np.searchsorted(known.time, first)) :]
        new = candles[int(np.searchsorted(candles.time, first)) :]
        after = len(new) - len(old)
        names = ("time", "open", "high", "low", "close", "volume")
        same = after >= 0 and all(
            np.array_equal(getattr(old, name), getattr(new, name)[: len(old)]) for name in names
        )
        return after if same and len(old) else None


@dataclass(frozen=True, eq=False)
class Forecast:
    """The chance of a higher close `horizon` candles from now, and how far the price may go.

    All rates are fractions. `probability_up` is the chance that it is higher given that it is
    not the same: the calibrated one of the trees where they have shown an edge, else
    `base_rate`, the share of rises in all that was learned from. `filled` and `clipped` candles
    are those of the view that features are made of (trading.cleaning); a filled one is neither
    learned from nor judged.
    """

    probability_up: float
    base_rate: float
    move: Move
    filled: int
    clipped: int
    trained: Trained

    @property
    def proof(self) -> Proof:
        return self.trained.proof

    @property
    def edge(self) -> bool:
        return self.proof.edge


def forecast(candles: Candles, horizon: int = 4, library: Library = Library.LIGHTGBM) -> Forecast:
    """Learn, judge and forecast from the same candles; errors as for `Plan` and `train`."""
    return answer(train(candles, Plan(horizon, library)), candles)


def train(candles: Candles, plan: Plan, each: Each = unheard) -> Trained:
    """Learn direction and size of the move over the horizon, and judge both by walk-forward.

    Boosted trees and a linear baseline on past returns, volatility, averages, volume and the
    hour. The same candles and plan give the same answer. `each` is told after every fold how
    many are done; what it raises ends the work.

    Errors: NotEnoughHistory under 400 usable candles after the warm-up, BadCandles on a jump
    that no market makes.
    """
    # Tables this small are no faster on several threads, and on a busy machine far slower.
    with ThreadpoolController().limit(limits=1, user_api="blas"):
        walk = walk_forward(candles, plan, each)
        rows = walk.rows
        trees = learn(rows.x, rows.y, plan.seed, plan.library)
        gains = zip(walk.names, trees.gains.tolist(), strict=True)
        return Trained(
            candles=candles,
            plan=plan,
            trees=trees,
            calibration=fit(walk.raw, walk.told.label),
            base_rate=float(rows.y.mean()),
            proof=judge(walk.told, plan.horizon, plan.seed),
            moves=learn_moves(candles, walk.view, plan.horizon, plan.folds, plan.seed),
            gains=tuple(sorted(gains, key=lambda one: one[1], reverse=True)),
        )


@dataclass(frozen=True, eq=False)
class Walk:
    """The walk-forward: all labelled `rows`, and for those tested the trees' `raw` chances and
    what was `told` of them once calibrated. `names` are the columns'."""

    view: Cleaned
    names: tuple[str, ...]
    rows: Rows
    raw: FloatArray
    told: Told


def walk_forward(candles: Candles, plan: Plan, each: Each = unheard) -> Walk:
    """Predict each tested candle by models and calibrations that knew only what came before it.

    Errors: as for `train`.
    """
    view = _view(candles, plan.horizon)
    names, table = features(view)
    rows = _rows(candles, table, plan.horizon)
    parts = split(rows.at, plan.horizon, plan.folds)
    learners: tuple[Learn, ...] = (
        lambda x, y, new: learn(x, y, plan.seed, plan.library).chances(new),
        lambda x, y, new: learn_line(x, y).chances(new),
    )
    raw, line = predict_folds(rows, parts, learners, plan.threads, each)
    label = judged(rows.y, parts)
    told = Told(
        trees=calibrated(raw, label, parts),
        line=calibrated(line, label, parts),
        base=base_rates(rows, parts),
        last=judged(_as_before(candles)[rows.at], parts),
        label=label,
    )
    return Walk(view, names, rows, raw, told)


def answer(trained: Trained, candles: Candles) -> Forecast:
    """Forecast from the newest of `candles` on, by what was learned from them or from older ones.

    Errors: as for `train`.
    """
    view = _view(candles, trained.plan.horizon)
    _, table = features(view)
    chance = trained.base_rate
    if trained.proof.edge:
        chance = float(trained.calibration.of(trained.trees.chances(table[-1:]))[0])
    return Forecast(
        probability_up=chance,
        base_rate=trained.base_rate,
        move=expected_move(trained.moves, candles, view, trained.plan.horizon),
        filled=view.filled,
        clipped=view.clipped,
        trained=trained,
    )


def warm(library: Library) -> None:
    """Load the library and compiled code, so that no first forecast waits for them."""
    forecast(generated(WARM_UP + 2 * LEAST_ROWS, seed=1), library=library)


def _view(candles: Candles, horizon: int) -> Cleaned:
    """Return the view that features are made of, if the candles are enough and can be trusted."""
    needed = WARM_UP + LEAST_ROWS + horizon
    if len(candles) < needed:
        raise NotEnoughHistory(
            f"{candles.symbol} {candles.timeframe}: the forecast needs {needed} closed candles, "
            f"there are {len(candles)}."
        )
    refuse_jumps(candles)
    return clean(candles)


def _rows(candles: Candles, table: FloatArray, horizon: int) -> Rows:
    """Return the labelled rows: real candles with all features, and an outcome that is known."""
    outcome = labels(candles, horizon)
    at = np.flatnonzero(np.isfinite(outcome) & np.isfinite(table).all(axis=1))
    if len(at) < LEAST_ROWS:
        raise NotEnoughHistory(
            f"{candles.symbol} {candles.timeframe}: the forecast needs {LEAST_ROWS} candles with "
            f"another close {horizon} later and no hole on the way, there are {len(at)} "
            f"({candles.missing} candles are missing)."
        )
    return Rows(at, table[at], outcome[at])


def _as_before(candles: Candles) -> FloatArray:
    """Return 1.0 at a candle that closed higher than the one before, 0.0 lower, one half else."""
    return 0.5 + 0.5 * np.sign(np.diff(candles.close, prepend=candles.close[:1]))
