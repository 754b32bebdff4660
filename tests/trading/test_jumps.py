from __future__ import annotations

import pytest

from tests.trading.sample_candles import flat_bars, real
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


def test_real_crash_of_may_2021_is_a_market() -> None:
    refuse_jumps(real("candles_1h/binance/DOT_USDT-1h", "DOT/USDT", Timeframe.H1))
