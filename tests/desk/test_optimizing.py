"""The whole search: honest about noise, able to see what is there, and the same each time."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from desk.findings import Findings, Plan
from desk.heat import axis, wandering
from desk.optimizing import optimize
from desk.search_space import Space
from desk.searching import Unwanted, untold
from tests.depth import DEEP, times
from tests.desk.search_markets import random_walk, trending
from tests.trading.sample_candles import real
from trading.backtest import Rules, backtest_strategy
from trading.candles import Candles, Timeframe
from trading.errors import BadCandles, NotEnoughHistory
from trading.strategies.base import Search, Strategy
from trading.strategies.catalogue import built_in
from trading.strategies.rsi_reversion import RsiReversion
from trading.strategies.sma_cross import SmaCross

FEW = Plan(trials=14)
FEWEST = Plan(trials=10)
# A trend follower lets its gains run; a target would sell what it is there for.
TREND = Rules(target_fraction=None)


def found(
    candles: Candles, strategy: Strategy | None = None, rules: Rules | None = None, plan: Plan = FEW
) -> Findings:
    return optimize(candles, strategy or SmaCross(), rules or Rules(), plan, untold, lambda: False)


def test_random_walks_are_believed_in_at_most_a_twentieth() -> None:
    """In `make test-deep` with as many trials as people get, on a year of hours."""
    plan, count = (Plan(), 8_760) if DEEP else (FEWEST, 1_500)
    walks = times(20, 200)
    believed = [
        seed for seed in range(walks) if found(random_walk(seed, count), plan=plan).judgement.holds
    ]
    assert len(believed) <= 0.05 * walks, believed


@pytest.mark.parametrize("seed", range(2))
def test_edge_that_is_there_is_seen(seed: int) -> None:
    market = trending(seed, count=16_000, drift=0.0009)
    findings = found(market, rules=TREND, plan=Plan(trials=24))
    assert findings.judgement.holds, findings.judgement.reasons
    assert findings.evidence.sharpe_low > 0
    assert findings.evidence.deflated > 0.95
    assert findings.evidence.overfitting.probability < 0.2


def test_edge_beyond_belief_is_not_believed_for_that_alone() -> None:
    judgement = found(trending(0), rules=TREND, plan=Plan(trials=24)).judgement
    assert (judgement.holds, judgement.too_good) == (False, True)
    assert len(judgement.reasons) == 1


def test_market_that_only_rises_is_no_edge() -> None:
    candles = random_walk(3, 2_000)
    lift = np.exp(0.0004 * np.arange(len(candles)))
    risen = Candles(
        candles.symbol,
        candles.timeframe,
        candles.time,
        candles.open * lift,
        candles.high * lift,
        candles.low * lift,
        candles.close * lift,
        candles.volume,
    )
    assert not found(risen).judgement.holds


def test_same_candles_and_seed_give_the_same_findings_bit_for_bit() -> None:
    one, other = found(random_walk(1, 900)), found(random_walk(1, 900))
    assert one.equity.tobytes() == other.equity.tobytes()
    assert one.evidence == other.evidence
    assert one.chosen == other.chosen
    assert one.now == other.now
    assert one.heat.sharpe.tobytes() == other.heat.sharpe.tobytes()
    assert found(random_walk(1, 900), plan=Plan(14, seed=5)).evidence != one.evidence


@pytest.mark.parametrize("rolling", [False, True])
def test_choice_and_score_of_a_window_know_nothing_of_what_follows(rolling: bool) -> None:
    plan = Plan(trials=12, rolling=rolling)
    candles, other = random_walk(1, 1000), random_walk(2, 1000)
    whole = found(candles, plan=plan)
    end = whole.windows[1].end
    columns = ("open", "high", "low", "close", "volume")
    mixed = Candles(
        candles.symbol,
        candles.timeframe,
        candles.time,
        *(np.r_[getattr(candles, n)[:end], getattr(other, n)[end:]] for n in columns),
    )
    changed = found(mixed, plan=plan)
    first = whole.windows[0].split
    assert changed.chosen[:2] == whole.chosen[:2]
    assert np.array_equal(changed.equity[: end - first], whole.equity[: end - first])
    assert not np.array_equal(changed.equity, whole.equity)


def test_out_of_sample_covers_what_hold_and_in_sample_cover() -> None:
    findings = found(random_walk(4, 1000))
    first = findings.windows[0].split
    assert len(findings.equity) == 1000 - first
    assert findings.out_of_sample.total_return == pytest.approx(
        findings.equity[-1] / findings.equity[0] - 1
    )
    seen = findings.candles[first:]
    hold = backtest_strategy(seen, SmaCross()).metrics.buy_and_hold_return
    assert findings.hold.total_return == pytest.approx(hold)


def test_heatmap_holds_the_backtests_and_marks_the_choice() -> None:
    findings = found(trending(1, 1200))
    heat, now = findings.heat, findings.now
    assert isinstance(now, SmaCross)
    assert (heat.across, heat.down) == ("fast", "slow")
    row, column = heat.chosen
    assert (heat.columns[column], heat.rows[row]) == (now.fast, now.slow)
    assert heat.sharpe.shape == (len(heat.rows), len(heat.columns))
    tested = backtest_strategy(findings.candles, now).metrics.sharpe
    assert heat.sharpe[row, column] == pytest.approx(tested)
    for (y, x), value in np.ndenumerate(heat.sharpe):
        assert heat.columns[x] < heat.rows[y] or isnan(value)


def test_axis_has_the_chosen_value_in_the_place_of_its_neighbour() -> None:
    assert axis(Search(5, 60), 17, whole=True, steps=6) == (5, 17, 27, 38, 49, 60)
    assert axis(Search(0.01, 1.0, log=True), 0.01, whole=False, steps=3) == (0.01, 0.1, 1.0)
    assert axis(Search(1, 3), 2, whole=True, steps=8) == (1, 2, 3)


def test_wandering_is_the_share_of_the_range_that_choices_cover() -> None:
    chosen = [SmaCross(fast=fast, slow=100) for fast in (10, 32, 21)]
    assert wandering(Space(SmaCross()), chosen) == {"fast": pytest.approx(22 / 55), "slow": 0.0}


def test_progress_counts_every_set_and_stopping_ends_it() -> None:
    told: list[str] = []

    def stopped() -> bool:
        return len(told) >= 30

    with pytest.raises(Unwanted):
        optimize(random_walk(1, 900), SmaCross(), Rules(), FEW, told.append, stopped)
    assert told[0].startswith("Search 1 of 5, candles to ")
    assert told[0].endswith(": 1 of 14 sets\n1 of 70 sets in all")
    assert told[29].startswith("Search 3 of 5, candles to ")
    assert told[29].endswith(": 2 of 14 sets\n30 of 70 sets in all")
    assert len(told) == 30


def test_too_little_history_and_bad_candles_are_told() -> None:
    with pytest.raises(NotEnoughHistory, match=r"AAA/USDT 1h: A walk forward .* there are 250"):
        found(random_walk(1, 250))
    candles = random_walk(1, 900)
    columns = [np.array(getattr(candles, n)) for n in ("open", "high", "low", "close", "volume")]
    for column in columns[:4]:
        column[500:] *= 1000
    jumped = Candles(candles.symbol, candles.timeframe, candles.time, *columns)
    with pytest.raises(BadCandles):
        found(jumped)


@pytest.mark.parametrize(
    "name",
    [name for name, each in built_in().singles.items() if each.searched() and "ml" not in name],
)
def test_every_strategy_with_marks_can_be_searched(name: str) -> None:
    strategy = built_in().make(name)
    assert isinstance(strategy, Strategy)
    findings = found(random_walk(5, 800), strategy, plan=Plan(trials=10))
    assert set(findings.wandering) == set(strategy.searched())
    assert findings.judgement.holds or findings.judgement.reasons


def test_market_where_nothing_trades_is_told_and_not_believed() -> None:
    quiet = random_walk(1, 600)
    five = np.full(600, 5.0)
    hour = Timeframe.H1
    flat = Candles(quiet.symbol, hour, quiet.time, five, five, five, five, quiet.volume)
    findings = found(flat)
    assert not findings.judgement.holds
    assert findings.out_of_sample.trades == 0


def test_year_of_real_bitcoin_is_no_edge_for_a_simple_average() -> None:
    candles = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    for strategy in (SmaCross(), RsiReversion()):
        assert not found(candles, strategy, plan=Plan(trials=20)).judgement.holds
