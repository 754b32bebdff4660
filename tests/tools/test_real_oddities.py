"""Real candles with real oddities, from the exchange's wire to what the tools tell."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from desk.facts import FactBook, Value
from desk.lab import Lab
from desk.portfolio import Portfolios
from desk.preview import Preview
from desk.research import Research
from desk.result import Result
from desk.snapshot import Snapshot
from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import need_candles, rolled_up
from tests.fakes.clock import FakeClock
from tools.context import Context
from tools.history_facts import history_facts
from tools.registry import discover
from trading.backtest import Rules
from trading.candles import Candles, FloatArray, Timeframe, from_ms
from trading.errors import BadCandles
from trading.strategies.catalogue import built_in

TOOLS = discover()
COCOS = "edge/binance/COCOS_USDT-1h_redenomination_and_halt"
AR = "edge/binance/AR_USDT-1h_new_listing"
WAX = "edge/bittrex/WAX_BTC-1m_sparse"


@contextlib.asynccontextmanager
async def asked_of(
    folder: Path, tables: dict[tuple[str, str], FloatArray], now: datetime
) -> AsyncIterator[Context]:
    """Ask the tools on an exchange that serves these candles."""
    clock, lab = FakeClock(now), Lab()
    async with BinanceServer(tables, clock) as server:
        store = CandleStore(folder / "market.db")
        market = ExchangeMarket("binance", store, clock, api_base=server.api_base, memo=0)
        market._client._ccxt.enableRateLimit = False  # this server has no limit to keep
        research = Research(Snapshot(market, now), lab, Rules(), built_in())
        try:
            yield Context("anne", research, cast(Preview, None), cast(Portfolios, None), FactBook())
        finally:
            await market.close()
            lab.close()


async def call(context: Context, name: str, words: str) -> Result:
    return await TOOLS[name].call(context, TOOLS[name].parse(words.split()))


def told(result: Result) -> dict[str, Value]:
    return {fact.label: fact.value for fact in result.facts}


async def test_a_redenomination_is_refused_for_returns(tmp_path: Path) -> None:
    table = need_candles(COCOS)
    now = datetime(2021, 2, 1, tzinfo=UTC)
    tables = {("COCOSUSDT", "1h"): table, ("COCOSUSDT", "1d"): rolled_up(table, Timeframe.D1)}
    async with asked_of(tmp_path, tables, now) as context:
        for name, words in (("backtest", "COCOS/USDT 1h"), ("forecast", "COCOS/USDT 1h 4")):
            with pytest.raises(BadCandles, match=r"2021-01-23 02:00 UTC.*a redenomination"):
                await call(context, name, words)


async def test_no_risk_and_no_rank_is_made_of_a_redenomination(tmp_path: Path) -> None:
    table, other = need_candles(COCOS), need_candles("candles_1h/binance/BTC_USDT-1h")
    now = datetime(2021, 7, 17, tzinfo=UTC)
    tables = {}
    for name, rows in (("COCOSUSDT", table), ("BTCUSDT", other)):
        tables[name, "1h"], tables[name, "1d"] = rows, rolled_up(rows, Timeframe.D1)
    async with asked_of(tmp_path, tables, now) as context:
        risk = (await context.research.tail_risk("COCOS/USDT")).value
        assert 0.0 < risk.volatility < 0.5
        assert risk.since is not None
        assert f"{risk.since:%Y-%m-%d}" == "2021-01-23", "the days before are left out and named"
    early = datetime(2021, 1, 25, tzinfo=UTC)
    async with asked_of(tmp_path / "early", tables, early) as context:
        ranked = await call(context, "rank", "COCOS/USDT BTC/USDT")
        assert "COCOS" in ranked.note
        changes = [
            fact.value
            for fact in ranked.facts
            if fact.symbol == "COCOS/USDT" and fact.unit == "fraction"
        ]
        assert all(isinstance(value, float) and abs(value) < 10 for value in changes)


async def test_nothing_is_read_across_a_redenomination(tmp_path: Path) -> None:
    table = need_candles(COCOS)
    now = datetime(2021, 1, 24, 12, tzinfo=UTC)
    async with asked_of(tmp_path, {("COCOSUSDT", "1h"): table}, now) as context:
        result = await call(context, "indicators", "COCOS/USDT 1h")
        prices = [
            fact.value
            for fact in result.facts
            if fact.unit == "USDT" and fact.label.startswith(("EMA", "SMA", "VWAP"))
        ]
        assert prices
        assert all(isinstance(price, float) and 0.4 < price < 1.0 for price in prices), prices
        assert "redenomination" in result.note


async def test_a_new_listing_says_how_much_history_there_is(tmp_path: Path) -> None:
    table = need_candles(AR)
    now = from_ms(int(table[-1, 0]) + Timeframe.H1.ms)
    async with asked_of(tmp_path, {("ARUSDT", "1h"): table}, now) as context:
        result = await call(context, "backtest", "AR/USDT 1h")
        assert told(result)["History"] == "1,545 of 8,760 candles"
        assert told(result)["History begins"] == "2021-05-14"
        assert "Its history begins on 14 May 2021: 1,545 of 8,760 candles." in result.note
        ahead = told(await call(context, "forecast", "AR/USDT 1h 4"))
        assert ahead["History"] == "1,545 of 4,000 candles"
        whole = await call(context, "backtest", "AR/USDT 1h candles=1500")
        assert not {"History", "Candles missing", "Without trades"} & told(whole).keys()


async def test_outages_are_facts_of_a_backtest(tmp_path: Path) -> None:
    table = need_candles("candles_1h/binance/BTC_USDT-1h")
    now = from_ms(int(table[-1, 0]) + Timeframe.H1.ms)
    async with asked_of(tmp_path, {("BTCUSDT", "1h"): table}, now) as context:
        result = await call(context, "backtest", "BTC/USDT 1h candles=5482")
        assert told(result)["Candles missing"] == "11 of 5,493, 6 gaps"
        assert told(result)["Without trades"] == "2 of 5,482, 2 runs"
        assert "The exchange has 11 candles missing in this span." in result.note


async def test_sparse_minutes_keep_their_times(tmp_path: Path) -> None:
    table = need_candles(WAX)
    now = from_ms(int(table[-1, 0]) + Timeframe.M1.ms)
    async with asked_of(tmp_path, {("WAXBTC", "1m"): table}, now) as context:
        result = await call(context, "indicators", "WAX/BTC 1m")
        newest = table[-1]
        day_before = table[np.searchsorted(table[:, 0], newest[0] - 86_400_000, "right") - 1]
        change = told(result).get("Change 24 h")
        if change is not None:
            assert change == pytest.approx(newest[4] / day_before[4] - 1.0)
        with pytest.raises(BadCandles, match=r"candles are missing .* at most 10% is allowed"):
            await call(context, "backtest", "WAX/BTC 1m")


async def test_the_open_candle_reaches_no_tool(tmp_path: Path) -> None:
    captured = datetime(2020, 4, 24, 23, 11, tzinfo=UTC)
    tables = {
        ("ADAUSDT", name): need_candles(f"edge/partial_last_candle/ADA_USDT-{name}")
        for name in ("1m", "5m", "15m", "1h")
    }
    # The file's last hour is the sum of its eleven minutes: still open when it was captured.
    minutes = tables["ADAUSDT", "1m"]
    assert minutes[minutes[:, 0] >= tables["ADAUSDT", "1h"][-1, 0], 5].sum() == 1_280_807.5
    async with asked_of(tmp_path, tables, captured) as context:
        for name in ("1m", "5m", "15m", "1h"):
            for tool in ("indicators", "backtest"):
                timeframe = Timeframe(name)
                result = await call(context, tool, f"ADA/USDT {name}")
                newest = max(fact.as_of for fact in result.facts if fact.timeframe == name)
                assert captured - timeframe.delta < newest <= captured


def test_a_whole_history_says_nothing() -> None:
    snapshot, lab = Snapshot(cast(ExchangeMarket, _Named()), datetime.now(UTC)), Lab()
    research = Research(snapshot, lab, Rules(), built_in())
    lab.close()
    context = Context("anne", research, cast(Preview, None), cast(Portfolios, None), FactBook())
    rows = [[i * Timeframe.H1.ms, 1, 1, 1, 1, 5] for i in range(200)]
    whole = Candles.from_rows("BTC/USD", Timeframe.H1, rows)
    assert history_facts(context, "backtest", whole, 200) == ()
    assert history_facts(context, "backtest", whole[:0], 200) == ()
    joined = replace(whole, made_from=Timeframe.M15)
    (fact,) = history_facts(context, "backtest", joined)
    assert (fact.label, fact.value) == ("Rolled up from", "15m candles")
    assert fact.source == "kraken, rolled up from 15m"
    assert fact.as_of == from_ms(0) + timedelta(hours=200)


class _Named:
    """A market of which only the name is asked for."""

    name = "kraken"
    demo = False
