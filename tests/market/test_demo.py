"""The demo market: the same at every start, and with the manners of a real one."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.errors import MarketError, UnknownSymbol
from market.demo.market import DemoMarket
from tests.fakes.clock import FakeClock
from trading.candles import Candles, FloatArray, Timeframe, from_ms, to_ms

START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 10, 1, 7, 30, 17, tzinfo=UTC)
MADE = DemoMarket(FakeClock(NOW))
# By seed; each draws its history once for all tests.
WORLDS = {7: MADE, 1: DemoMarket(FakeClock(NOW), 1), 2: DemoMarket(FakeClock(NOW), 2)}
BTC = "BTC/USDT"


async def log_returns(market: DemoMarket, symbol: str) -> FloatArray:
    hours = await market.candles(symbol, Timeframe.H1, NOW, 20_000)
    returns: FloatArray = np.diff(np.log(hours.close))
    return returns


def autocorrelation(values: FloatArray, lag: int) -> float:
    return float(np.corrcoef(values[:-lag], values[lag:])[0, 1])


def same(one: Candles, other: Candles) -> bool:
    pairs = [(getattr(one, name), getattr(other, name)) for name in ("time", *COLUMNS)]
    return all(np.array_equal(a, b) for a, b in pairs)


COLUMNS = ("open", "high", "low", "close", "volume")


async def test_a_restart_later_finds_the_same_history() -> None:
    early = DemoMarket(FakeClock(datetime(2025, 6, 1, 12, tzinfo=UTC)))
    later = DemoMarket(FakeClock(NOW))
    await later.candles("ETH/USDT", Timeframe.D1, NOW, 10)
    end = datetime(2025, 5, 31, 18, 25, tzinfo=UTC)
    for timeframe in (Timeframe.M1, Timeframe.H1, Timeframe.D1):
        one, other = [
            await market.candles("ETH/USDT", timeframe, end, 300) for market in (early, later)
        ]
        assert len(one) > 100
        assert same(one, other)


async def test_another_seed_is_another_world() -> None:
    end = START + timedelta(days=3)
    one = await MADE.candles(BTC, Timeframe.H1, end, 50)
    other = await DemoMarket(FakeClock(NOW), seed=8).candles(BTC, Timeframe.H1, end, 50)
    assert not np.array_equal(one.close, other.close)


async def test_a_year_of_hours_is_there_within_a_second_and_then_at_once() -> None:
    market = DemoMarket(FakeClock(NOW))
    started = time.process_time()
    assert len(await market.candles("LTC/USDT", Timeframe.H1, NOW, 8760)) == 8760
    assert time.process_time() - started < 1.0
    started = time.process_time()
    await market.candles("LTC/USDT", Timeframe.H1, NOW, 8760)
    assert time.process_time() - started < 0.05


@settings(max_examples=25, deadline=None)
@given(
    end=st.datetimes(datetime(2025, 1, 1), datetime(2026, 9, 30)),  # noqa: DTZ001 - below
    timeframe=st.sampled_from(list(Timeframe)),
    count=st.integers(1, 200),
)
async def test_no_candle_closes_after_the_end(
    end: datetime, timeframe: Timeframe, count: int
) -> None:
    end = end.replace(tzinfo=UTC)
    candles = await MADE.candles("SOL/USDT", timeframe, end, count)
    assert len(candles) <= count
    if len(candles):
        assert candles.last_close_time <= end
        assert end - candles.last_close_time < timeframe.delta
        assert from_ms(int(candles.time[0])) >= START
        assert candles.missing == 0
    elif timeframe is not Timeframe.W1:
        assert end < START + timeframe.delta


@settings(max_examples=15, deadline=None)
@given(
    end=st.datetimes(datetime(2025, 3, 1), datetime(2026, 9, 30)),  # noqa: DTZ001 - below
    coarse=st.sampled_from([t for t in Timeframe if t is not Timeframe.M1]),
)
async def test_coarse_candles_are_exactly_the_fine_ones_together(
    end: datetime, coarse: Timeframe
) -> None:
    end = end.replace(tzinfo=UTC)
    whole = await MADE.candles("XRP/USDT", coarse, end, 2)
    close = whole.last_close_time
    for fine in Timeframe:
        times = coarse.ms // fine.ms
        if fine is coarse or coarse.ms % fine.ms or times > 20_000:
            continue
        parts = await MADE.candles("XRP/USDT", fine, close, times)
        assert parts.time[0] == whole.time[-1]
        assert parts.open[0] == whole.open[-1]
        assert parts.high.max() == whole.high[-1]
        assert parts.low.min() == whole.low[-1]
        assert parts.close[-1] == whole.close[-1]
        assert parts.volume.sum() == pytest.approx(whole.volume[-1], rel=1e-12)


async def test_quotes_lie_on_the_path_that_the_candle_will_hold() -> None:
    clock = FakeClock(datetime(2026, 2, 3, 10, 0, tzinfo=UTC))
    market = DemoMarket(clock)
    seen = []
    for _ in range(360):
        seen.append(await market.quote(BTC))
        clock.move(seconds=10)
    assert clock.now == datetime(2026, 2, 3, 11, 0, tzinfo=UTC)
    candles = await market.candles(BTC, Timeframe.H1, clock.now, 1)
    lasts = [quote.last for quote in seen]
    shown = [Decimal(str(getattr(candles, name)[0])) for name in ("open", "high", "low", "close")]
    assert shown == [lasts[0], max(lasts), min(lasts), lasts[-1]]
    assert len(set(lasts)) > 300, "it moves while one watches"
    for quote in seen:
        assert quote.bid < quote.last < quote.ask
        assert (quote.ask - quote.bid) / quote.last < Decimal("0.0002")
        assert quote.source == "demo"
    assert seen[-1].at == clock.now - timedelta(seconds=10)


async def test_prices_are_on_the_tick_and_volumes_on_the_lot() -> None:
    for symbol in await MADE.symbols():
        instrument = await MADE.instrument(symbol)
        assert instrument.min_notional == Decimal(5)
        candles = await MADE.candles(symbol, Timeframe.M5, NOW, 50)
        quote = await MADE.quote(symbol)
        for price in (*candles.close, *candles.high, quote.bid, quote.ask, quote.last):
            assert Decimal(str(price)) % instrument.tick == 0
        assert all(Decimal(str(volume)) % instrument.lot == 0 for volume in candles.volume)


async def test_the_known_coins_are_there_with_plausible_prices() -> None:
    symbols = await MADE.symbols()
    for base in ("BTC", "ETH", "SOL", "BNB", "XRP", "ADA", "DOGE", "LTC"):
        assert f"{base}/USDT" in symbols
    first = {
        symbol: (await MADE.candles(symbol, Timeframe.H1, START + timedelta(hours=1), 1)).open[0]
        for symbol in symbols
    }
    assert 90_000 < first[BTC] < 100_000
    assert 3_000 < first["ETH/USDT"] < 4_000
    assert 0.2 < first["DOGE/USDT"] < 0.5


@pytest.mark.parametrize("seed", WORLDS)
async def test_returns_have_fat_tails_and_clusters_and_no_memory_of_direction(seed: int) -> None:
    returns = await log_returns(WORLDS[seed], BTC)
    calm = returns[np.abs(returns) < np.quantile(np.abs(returns), 0.999)]
    spread = (calm - calm.mean()) / calm.std()
    assert np.mean(spread**4) > 4.5, "fatter than normal (3) even without the crash"
    size = np.minimum(np.abs(returns), np.quantile(np.abs(returns), 0.999))
    assert autocorrelation(size, 1) > 0.15
    assert autocorrelation(size, 24) > 0.08
    assert autocorrelation(size, 121) > 0.03, "clusters last for days"
    assert abs(autocorrelation(returns, 1)) < 0.08
    daily = np.add.reduceat(returns, np.arange(0, len(returns), 24))
    assert 0.015 < daily.std() < 0.05


@pytest.mark.parametrize("seed", WORLDS)
async def test_there_is_one_crash_in_2026_before_october(seed: int) -> None:
    hours = await WORLDS[seed].candles(BTC, Timeframe.H1, NOW, 20_000)
    price, time = np.log(hours.close), hours.time
    falls = price[48:] - price[:-48]
    worst = int(np.argmin(falls))
    assert -0.45 < np.expm1(falls[worst]) < -0.30
    at = from_ms(int(time[worst]))
    assert datetime(2026, 2, 1, tzinfo=UTC) < at < datetime(2026, 9, 25, tzinfo=UTC)
    elsewhere = np.abs(np.arange(len(falls)) - worst) > 96
    assert np.expm1(falls[elsewhere].min()) > -0.28


async def test_coins_move_together_but_not_in_step() -> None:
    returns = {symbol: await log_returns(MADE, symbol) for symbol in await MADE.symbols()}
    for symbol, own in returns.items():
        if symbol != BTC:
            assert 0.4 < float(np.corrcoef(returns[BTC], own)[0, 1]) < 0.95


async def test_volume_follows_volatility() -> None:
    hours = await MADE.candles(BTC, Timeframe.H1, NOW, 20_000)
    size = np.abs(np.log(hours.close / hours.open))
    busy = hours.volume[size > np.quantile(size, 0.9)].mean()
    assert busy > 1.5 * hours.volume[size < np.quantile(size, 0.5)].mean()


async def test_times_outside_the_world_are_refused_in_plain_words() -> None:
    with pytest.raises(MarketError, match="begins on 2025-01-01"):
        await MADE.candles(BTC, Timeframe.H1, datetime(2021, 5, 19, tzinfo=UTC), 10)
    with pytest.raises(MarketError, match="yet to come"):
        await MADE.candles(BTC, Timeframe.H1, NOW + timedelta(hours=1), 10)
    past = DemoMarket(FakeClock(datetime(2021, 5, 19, tzinfo=UTC)))
    with pytest.raises(MarketError, match="begins on 2025-01-01"):
        await past.quote(BTC)


async def test_the_first_week_starts_on_a_monday() -> None:
    end = datetime(2025, 1, 20, tzinfo=UTC)
    weeks = await MADE.candles(BTC, Timeframe.W1, end, 10)
    assert [from_ms(int(time)).day for time in weeks.time] == [6, 13]
    assert not len(await MADE.candles(BTC, Timeframe.W1, datetime(2025, 1, 3, tzinfo=UTC), 10))


async def test_an_unknown_symbol_names_the_nearest_ones() -> None:
    with pytest.raises(UnknownSymbol, match="Did you mean BTC/USDT"):
        await MADE.quote("BTC/USD")


async def test_it_says_that_it_is_made_up() -> None:
    assert MADE.demo
    assert MADE.name == "demo"
    assert "made-up" in await MADE.check()


async def test_counts_are_clamped() -> None:
    assert len(await MADE.candles(BTC, Timeframe.D1, NOW, -3)) == 1
    days = (to_ms(NOW) - to_ms(START)) // 86_400_000
    assert len(await MADE.candles(BTC, Timeframe.D1, NOW, 10**9)) == days


def test_it_starts_without_the_heavy_libraries() -> None:
    code = (
        "import sys, market.demo; "
        "print([name for name in ('ccxt', 'pandas', 'scipy', 'aiohttp') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
