"""One search: what it tries, what it leaves out, and that it is the same each time."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Annotated, ClassVar

import numpy as np
import pytest
from pydantic import Field

from desk.search import FEW_TRADES, Searched, Training, least_trades, search
from desk.search_space import Space
from tests.desk.search_markets import random_walk, trending
from trading.backtest import Rules
from trading.candles import Candles, FloatArray
from trading.errors import BadArgument
from trading.strategies.base import Search, Strategy
from trading.strategies.sma_cross import SmaCross


class Scale(Strategy):
    """A strategy with every kind of range, one of them in powers."""

    name: ClassVar[str] = "scale"
    title: ClassVar[str] = "Scale"
    summary: ClassVar[str] = "Long while the close is above the one some candles ago."

    back: Annotated[int, Search(1, 100, log=True)] = Field(500, ge=1, le=500)
    share: Annotated[float, Search(0.5, 1.0)] = Field(1.0, ge=0.0, le=1.0)
    fixed: int = Field(3, ge=1, le=9)

    @property
    def warm_up(self) -> int:
        return self.back

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        ahead = candles.close[self.back :] > candles.close[: -self.back]
        signal[self.back :] = self.share * ahead
        return signal


class Counting(Training):
    """Counts how often each strategy is run, and over how much."""

    def __init__(self, known: Candles) -> None:
        super().__init__(known, Rules())
        self.signals: Counter[Strategy] = Counter()
        self.whole_runs = 0

    def signal(self, strategy: Strategy) -> FloatArray:
        self.signals[strategy] += 1
        return super().signal(strategy)

    def whole(self, signal: FloatArray) -> float:
        self.whole_runs += 1
        return super().whole(signal)


def found(seed: int = 1, trials: int = 40, base: Strategy | None = None) -> Searched:
    training = Training(random_walk(1, 1500), Rules())
    return search(Space(base or SmaCross()), training, trials, seed, lambda done: None)


def test_same_seed_gives_the_same_search_and_another_seed_another() -> None:
    assert found(1) == found(1)
    assert found(1).tried != found(2).tried


def test_best_is_the_best_of_all_that_were_scored() -> None:
    training = Training(random_walk(1, 1500), Rules())
    result = found()
    scores = [training.whole(training.signal(one)) for one in result.tried]
    best = training.whole(training.signal(result.best))
    # What was given up after half of it may have come back.
    assert best >= np.median(scores)
    assert result.best in result.tried
    assert best == max(training.whole(training.signal(one)) for one in result.at_random) or (
        result.best not in result.at_random
    )


def test_no_set_is_run_twice_and_bad_ones_are_given_up_half_way() -> None:
    training = Counting(trending(1, 1500))
    result = search(Space(SmaCross()), training, 60, 3, lambda done: None)
    assert set(training.signals.values()) == {1}
    assert set(training.signals) == set(result.tried)
    assert len(result.at_random) <= training.whole_runs < len(result.tried)


def test_sets_that_do_not_go_together_are_left_out() -> None:
    tried = found(trials=60).tried
    assert all(one.fast < one.slow for one in tried if isinstance(one, SmaCross))
    assert len(tried) < 60


def test_ranges_and_kinds_of_parameters_are_kept_and_others_stay() -> None:
    tried = found(base=Scale(fixed=7)).tried
    values = [one for one in tried if isinstance(one, Scale)]
    assert len(values) == len(tried) > 20
    assert all(1 <= one.back <= 100 and isinstance(one.back, int) for one in values)
    assert all(0.5 <= one.share <= 1.0 for one in values)
    assert {one.fixed for one in values} == {7}
    # In powers as many are drawn below 10 as above; evenly it would be one in eleven.
    assert sum(one.back <= 10 for one in values) > len(values) / 5


def test_present_parameters_are_tried_first_where_the_search_reaches_them() -> None:
    assert found(base=SmaCross(fast=21, slow=77)).tried[0] == SmaCross(fast=21, slow=77)
    assert Scale() not in found(base=Scale()).tried


def test_too_few_trades_rank_below_every_sharpe_ratio() -> None:
    assert least_trades(100) == 5
    assert least_trades(4_500) == 15
    assert least_trades(1_000_000) == 30
    training = Training(random_walk(1, 400), Rules())
    idle = training.whole(np.zeros(400))
    assert idle == FEW_TRADES
    busy = training.whole((np.arange(400) // 10 % 2).astype(np.float64))
    assert idle < FEW_TRADES + 5 < busy


def test_training_knows_nothing_from_the_split_on() -> None:
    whole = random_walk(2, 1200)
    strategy = SmaCross(fast=10, slow=40)
    training = Training(whole[:800], Rules())
    assert len(training.signal(strategy)) == 800
    assert training.whole(training.signal(strategy)) == Training(
        random_walk(2, 1200)[:800], Rules()
    ).whole(strategy.signal(whole)[:800])


def test_rolling_training_is_warmed_up_before_it_begins() -> None:
    known = random_walk(2, 1200)
    strategy = SmaCross(fast=10, slow=240)
    signal = Training(known, Rules(), first=400).signal(strategy)
    assert np.array_equal(signal, strategy.signal(known)[400:])


def test_each_trial_is_told_and_may_end_the_search() -> None:
    told: list[int] = []

    def stop_at_seven(done: int) -> None:
        told.append(done)
        if done == 7:
            raise InterruptedError

    training = Training(random_walk(1, 600), Rules())
    with pytest.raises(InterruptedError):
        search(Space(SmaCross()), training, 60, 1, stop_at_seven)
    assert told == [1, 2, 3, 4, 5, 6, 7]


class Never(SmaCross):
    """No set of its parameters goes together."""

    name: ClassVar[str] = "never"
    fast: Annotated[int, Search(100, 200)] = Field(110, ge=2, le=400)
    slow: Annotated[int, Search(20, 90)] = Field(115, ge=3, le=1000)


def test_space_without_a_single_set_is_told() -> None:
    with pytest.raises(BadArgument, match="none of 20 sets"):
        found(trials=20, base=Never())


def test_optuna_says_nothing(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        found(trials=12)
    assert capfd.readouterr() == ("", "")
    assert "optuna" not in {record.name.partition(".")[0] for record in caplog.records}
