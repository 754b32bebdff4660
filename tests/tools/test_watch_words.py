"""/watch reads its words as /backtest does, and says as plainly what is wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tools.watch_words import EXAMPLE, parse_watch
from trading.candles import Timeframe
from trading.errors import BadArgument


def test_everything_that_can_be_written_is_read() -> None:
    words = (
        "btc 4h ema cross fast=10 slow=40 size=5% stop=2% target=none auto drawdown=4% short=yes"
    )
    read = parse_watch(words.split())
    assert (read.symbol, read.timeframe, read.strategy) == ("BTC/USDT", Timeframe.H4, "ema_cross")
    assert read.parameters == {"fast": "10", "slow": "40"}
    assert (read.size, read.drawdown) == (Decimal("0.05"), Decimal("0.04"))
    assert (read.stop, read.target, read.short, read.auto) == (0.02, 0.0, True, True)


def test_example_of_the_help_is_read() -> None:
    assert parse_watch(EXAMPLE.split()).strategy == "ema_cross"


def test_strategy_may_be_left_out_to_see_which_there_are() -> None:
    assert parse_watch(["BTC"]).strategy == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("BTC+ETH 1h ema_cross", "one symbol only"),
        ("BTC 1h ema_cross size=200%", "must be below 1"),
        ("BTC 1h ema_cross drawdown=5", "must be below 1"),
        ("BTC 1h ema_cross stop=2", "is that percent"),
        ("BTC 1h ema_cross stop=2% trail=3%", "a stop or a trailing stop, not both"),
        ("BTC 1h ema_cross leverage=3", "A watch has no leverage=: it trades without leverage"),
        ("BTC 1h ema_cross fast=1 fast=2", "is there twice"),
        ("BTC 1h ema_cross stop 2%", "'stop' needs its value behind a =: write stop=2%"),
        ("BTC 1h ema_cross nonsense 7", "values are too many, 3 at most"),
    ],
)
def test_slip_is_told_in_plain_words(words: str, told: str) -> None:
    with pytest.raises(BadArgument, match=told):
        parse_watch(words.split())
