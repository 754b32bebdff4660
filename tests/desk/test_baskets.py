"""Portfolios are tested on the snapshot, on the times that all symbols have, each one once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from desk.baskets import MOST_SYMBOLS, BasketReport, Baskets
from desk.errors import MarketUnavailable
from desk.lab import Lab
from desk.snapshot import Snapshot
from desk.trial import Trial
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.trading.sample_candles import real, walk, without
from trading.backtest import Rules
from trading.candles import Candles, Timeframe
from trading.errors import BadArgument, BadCandles, NotEnoughHistory
from trading.portfolio_backtest import portfolio_of
from trading.strategies.buy_and_hold import BuyAndHold
from trading.strategies.sma_cross import SmaCross

SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
STRATEGY = SmaCross(fast=5, slow=20)


class SlowMarket(FakeMarket):
    """Counts how many candle requests wait at the same moment."""

    waiting = most_waiting = 0

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        await asyncio.sleep(0)
        self.waiting -= 1
        return await super().candles(symbol, timeframe, end, count)


def series(symbol: str) -> Candles:
    return replace(walk(400, seed=sum(map(ord, symbol))), symbol=symbol)


def trial(*symbols: str, **more: object) -> Trial:
    made = Trial(symbols or SYMBOLS, Timeframe.H1, STRATEGY, Rules())
    return replace(made, **more)  # type: ignore[arg-type] # each test names fields of Trial


@pytest.fixture
def market() -> SlowMarket:
    market = SlowMarket(FakeClock())
    for symbol in SYMBOLS:
        market.set_candles(series(symbol))
    return market


@pytest.fixture
async def baskets(market: SlowMarket) -> AsyncIterator[Baskets]:
    lab = Lab()
    yield Baskets(Snapshot(market, FakeClock().now), lab)
    lab.close()


async def test_several_symbols_are_fetched_at_the_same_time_and_tested(
    baskets: Baskets, market: SlowMarket
) -> None:
    report = await baskets.backtest(trial(rebalance=24, weights="inverse_volatility"))
    assert market.most_waiting == 3
    expected = portfolio_of(
        STRATEGY,
        [series(symbol) for symbol in SYMBOLS],
        Rules(),
        weights="inverse_volatility",
        rebalance=24,
    )
    assert report.value.equity.tolist() == expected.equity.tolist()
    assert report.value.symbols == SYMBOLS
    assert report.dropped == (0, 0, 0)
    assert report.title == "SMA cross"


async def test_candles_that_another_symbol_lacks_are_counted(
    baskets: Baskets, market: SlowMarket
) -> None:
    market.set_candles(without(series("ETH/USDT"), 100, 110))
    market.set_candles(series("SOL/USDT")[50:])
    report = await baskets.backtest(trial())
    assert report.dropped == (60, 50, 10)
    assert {len(each) for each in report.candles} == {340}


async def test_only_as_many_candles_are_tested_as_the_trial_asks_for(baskets: Baskets) -> None:
    report = await baskets.backtest(trial(candles=150))
    assert {len(each) for each in report.candles} == {150}


async def test_nothing_after_the_snapshot_is_seen(market: SlowMarket) -> None:
    lab = Lab()
    end = series("BTC/USDT").last_close_time - timedelta(hours=100)
    early = await Baskets(Snapshot(market, end), lab).backtest(trial())
    lab.close()
    assert {each.last_close_time for each in early.candles} == {end}


async def test_equal_trials_are_computed_once_and_others_anew(baskets: Baskets) -> None:
    first: BasketReport = await baskets.backtest(trial())
    assert await baskets.backtest(trial()) is first
    for other in (trial(rebalance=24), trial(weights="inverse_volatility"), trial(*SYMBOLS[:2])):
        assert (await baskets.backtest(other)).value is not first.value


async def test_impossible_numbers_of_symbols_are_refused_before_anything_is_fetched(
    baskets: Baskets, market: SlowMarket
) -> None:
    with pytest.raises(BadArgument, match="two symbols or more"):
        await baskets.backtest(trial("BTC/USDT"))
    many = [f"C{i}/USDT" for i in range(MOST_SYMBOLS + 1)]
    with pytest.raises(BadArgument, match=f"at most {MOST_SYMBOLS}"):
        await baskets.backtest(trial(*many))
    with pytest.raises(BadArgument, match="named twice"):
        await baskets.backtest(trial("BTC/USDT", "BTC/USDT"))
    assert market.most_waiting == 0


async def test_one_symbol_without_candles_is_named(baskets: Baskets) -> None:
    with pytest.raises(NotEnoughHistory, match="XYZ/USDT"):
        await baskets.backtest(trial("BTC/USDT", "XYZ/USDT"))


async def test_market_that_is_down_is_told(baskets: Baskets, market: SlowMarket) -> None:
    market.no_candles = True
    with pytest.raises(MarketUnavailable):
        await baskets.backtest(trial())


async def test_a_redenominated_coin_spoils_no_portfolio(
    baskets: Baskets, market: SlowMarket
) -> None:
    for path, symbol in (
        ("edge/binance/COCOS_USDT-1h_redenomination_and_halt", "COCOS/USDT"),
        ("candles_1h/binance/ETH_USDT-1h", "ETH/USDT"),
    ):
        market.set_candles(real(path, symbol, Timeframe.H1))
    held = trial("ETH/USDT", "COCOS/USDT", strategy=BuyAndHold())
    with pytest.raises(BadCandles, match=r"COCOS/USDT.*redenomination"):
        await baskets.backtest(held)
