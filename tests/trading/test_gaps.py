from __future__ import annotations

import pytest

from tests.trading.sample_candles import flat_bars, real, walk, without
from trading.candles import Candles, Timeframe
from trading.errors import BadCandles
from trading.gaps import MOST_MISSING, refuse_holes


def holed(kept: int, missing: int) -> Candles:
    """Make `kept` candles with one hole of `missing` in the middle."""
    return without(flat_bars([1.0] * (kept + missing)), kept // 2, kept // 2 + missing)


@pytest.mark.parametrize("candles", [flat_bars([]), flat_bars([1.0]), walk(50), holed(90, 10)])
def test_up_to_a_tenth_may_be_missing(candles: Candles) -> None:
    refuse_holes(candles)


def test_more_is_refused_with_the_share_the_limit_the_longest_hole_and_a_next_step() -> None:
    candles = without(holed(89, 11), 3, 4)
    with pytest.raises(BadCandles) as refused:
        refuse_holes(candles)
    text = str(refused.value)
    assert text.startswith("AAA/USDT 1h: 12 of 100 candles are missing (12%, at most 10%")
    assert "the longest hole are 11 from 1970-01-02 20:00 UTC" in text
    assert text.endswith(
        "Use a longer timeframe, where nearly every candle has trades, or another span."
    )


def test_outages_of_an_exchange_are_no_reason_to_refuse() -> None:
    candles = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    assert candles.missing == 11
    refuse_holes(candles)


def test_real_minutes_without_trades_are_refused() -> None:
    candles = real("edge/bittrex/WAX_BTC-1m_sparse", "WAX/BTC", Timeframe.M1)
    assert candles.missing > MOST_MISSING * len(candles)
    with pytest.raises(BadCandles, match=r"WAX/BTC 1m: 7873 of 14398 candles .* longer timeframe"):
        refuse_holes(candles)
