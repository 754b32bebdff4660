"""Both markets are what the desk expects, and cost nothing to make."""

import time
from datetime import UTC, datetime
from pathlib import Path

from desk.ports import MarketData
from market.candles.store import CandleStore
from market.demo.market import DemoMarket
from market.exchange import ExchangeMarket
from tests.fakes.clock import FakeClock

CLOCK = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))


async def test_both_markets_fit_the_port_and_are_cheap_to_make(tmp_path: Path) -> None:
    store = CandleStore(tmp_path / "market.db")
    started = time.process_time()
    markets: list[MarketData] = [ExchangeMarket("binance", store, CLOCK), DemoMarket(CLOCK)]
    assert time.process_time() - started < 0.2
    assert [(market.name, market.demo) for market in markets] == [
        ("binance", False),
        ("demo", True),
    ]
    assert not (tmp_path / "market.db").exists(), "nothing is opened before it is needed"
    for market in markets:
        await market.close()


async def test_a_warmed_demo_market_answers_at_once() -> None:
    market = DemoMarket(FakeClock(datetime(2025, 6, 1, tzinfo=UTC)))
    await market.warm()
    started = time.process_time()
    for symbol in await market.symbols():
        await market.quote(symbol)
    assert time.process_time() - started < 0.1
    await market.close()
