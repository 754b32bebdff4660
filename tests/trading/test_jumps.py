from __future__ import annotations

import pytest

from tests.trading.sample_candles import bars, flat_bars, real
from trading.candles import Timeframe
from trading.errors import BadCandles
from trading.jumps import refuse_jumps


@pytest.mark.parametrize("closes", [[], [5.0], [1.0, 8.0, 1.0], [100.0, 13.0, 1.7]])
def test_a_market_may_move_by_a_factor_of_eight(closes: list[float]) -> None:
    refuse_jumps(flat_bars(closes))


@pytest.mark.parametrize("closes", [[1.0, 1.0, 8.01], [8.01, 8.01, 1.0]])
def test_more_is_refused_with_time_and_prices(closes: list[float]) -> None:
    with pytest.raises(BadCandles, match=r"from .* to .* at 1970-01-01 02:00 UTC"):
        refuse_jumps(flat_bars(closes))


STILL = (100.0, 100.0, 100.0, 100.0)


@pytest.mark.parametrize(
    ("candle", "words"),
    [
        ((5_000.0, 5_000.0, 99.0, 101.0), "from 100 to 5000 in one candle"),
        ((1.0, 101.0, 1.0, 100.0), "from 100 to 1 in one candle"),
        (
            (100.0, 1e6, 99.0, 101.0),
            "the high 1e\\+06 at 1970-01-01 02:00 UTC is more than 8 times",
        ),
        ((100.0, 100.5, 99.0, 101.0), "don't hold open 100 and close 101 at 1970-01-01 02:00"),
        ((100.0, 102.0, 100.5, 101.0), "high 102 and low 100.5 don't hold open 100"),
    ],
)
def test_one_bad_price_is_refused(candle: tuple[float, float, float, float], words: str) -> None:
    with pytest.raises(BadCandles, match=words):
        refuse_jumps(bars([STILL, STILL, candle, STILL]))


def test_real_crash_in_an_empty_book_is_a_market() -> None:
    candles = real("candles_1d/coinbase/ETH_USD-1d", "ETH/USD", Timeframe.D1)
    assert candles.low.min() < 0.2
    refuse_jumps(candles)


def test_real_crash_of_may_2021_is_a_market() -> None:
    refuse_jumps(real("candles_1h/binance/DOT_USDT-1h", "DOT/USDT", Timeframe.H1))
