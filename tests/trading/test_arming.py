"""What can be armed, how it starts, and how far its value must go back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.ledger_events import AT
from trading.alarm_rules import turning
from trading.alerts import AlertDraft, Direction
from trading.arming import Present, armed, unfit
from trading.errors import BadArgument
from trading.gauges import parse_gauge
from trading.indicator_names import parse_indicator

NEAR_30000 = Present(Decimal(29_999), Decimal(30_001), Decimal(29_999), Decimal(30_001))


def draft(level: str, direction: Direction = "either", **changes: object) -> AlertDraft:
    fields = {
        "kind": "price",
        "symbol": "BTC/USDT",
        "direction": direction,
        "level": Decimal(level),
        **changes,
    }
    return AlertDraft.model_validate(fields)


def at(value: str) -> Present:
    return Present(Decimal(29_999), Decimal(30_001), Decimal(value), Decimal(value))


@pytest.mark.parametrize(
    ("level", "direction", "side", "ready"),
    [
        ("31000", "either", "above", True),
        ("29000", "either", "below", True),
        ("31000", "above", "above", True),
        ("29000", "above", "above", False),
        ("30001", "above", "above", False),
        ("29999", "below", "below", False),
        ("31000", "below", "below", False),
    ],
)
def test_armed_alert_knows_its_side_and_whether_it_is_beyond_it(
    level: str, direction: Direction, side: str, *, ready: bool
) -> None:
    made = armed(draft(level, direction), NEAR_30000, "a1", AT)
    assert (made.direction, made.ready, made.armed_at) == (side, ready, AT)


@pytest.mark.parametrize("level", ["0", "-1", "299", "3000101", "0.0000001", "1e30"])
def test_price_that_is_absurd_is_refused(level: str) -> None:
    assert unfit(draft(level), NEAR_30000)


@pytest.mark.parametrize("level", ["300", "30000", "3000000"])
def test_price_within_a_hundred_times_is_taken(level: str) -> None:
    assert unfit(draft(level), NEAR_30000) is None


@pytest.mark.parametrize(
    ("level", "window", "direction", "fits"),
    [
        ("0.05", 60, "either", True),
        ("0.001", 1, "above", True),
        ("0.0009", 60, "above", False),
        ("1", 60, "below", False),
        ("1", 60, "above", True),
        ("0.05", 0, "above", False),
        ("0.05", 1441, "above", False),
    ],
)
def test_move_is_bounded(level: str, window: int, direction: Direction, *, fits: bool) -> None:
    wanted = draft(level, direction, kind="move", window=window)
    assert (unfit(wanted, at("0")) is None) == fits


@pytest.mark.parametrize(
    ("name", "level", "back"),
    [
        ("RSI(14)", "70", "68"),
        ("ADX(14)", "25", "23"),
        ("EMA(50)", "30000", "29939.998"),
        ("MACD histogram", "0", "-6.0002"),
        ("Bollinger %B", "1", "0.95"),
        ("ATR(14)", "0.02", "0.019"),
        ("Volume / mean of 20", "2", "1.8"),
        ("Change 24 h", "0.05", "0.045"),
        ("price vs EMA(50)", "0", "-0.002"),
        ("EMA(20) vs EMA(50)", "0", "-0.001"),
    ],
)
def test_indicator_turns_back_by_a_margin_of_its_own_scale(
    name: str, level: str, back: str
) -> None:
    wanted = draft(level, "above", kind="indicator", indicator=name, timeframe="1h")
    assert unfit(wanted, at("0.001")) is None
    assert turning(armed(wanted, at("0.001"), "i1", AT)) == Decimal(back)
    assert str(parse_gauge(wanted.gauge)) == f"BTC/USDT 1h {name}"


@pytest.mark.parametrize(
    ("name", "level"),
    [("RSI(14)", "100"), ("RSI(14)", "0"), ("EMA(50)", "3"), ("MACD histogram", "40000")],
)
def test_indicator_at_a_level_it_never_reaches_is_refused(name: str, level: str) -> None:
    wanted = draft(level, "above", kind="indicator", indicator=name, timeframe="1h")
    assert unfit(wanted, at("50"))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("rsi", "RSI(14)"),
        ("RSI 7", "RSI(7)"),
        ("ema50", "EMA(50)"),
        ("sma ( 200 )", "SMA(200)"),
        ("MACD", "MACD histogram"),
        ("bb", "Bollinger %B"),
        ("Bollinger bands %B", "Bollinger %B"),
        ("close vs ema 20", "price vs EMA(20)"),
    ],
)
def test_indicator_when_written_as_people_do_has_one_name(written: str, name: str) -> None:
    assert parse_indicator(written).name == name
    assert parse_indicator(name).name == name


@given(st.text(max_size=30))
def test_indicator_whatever_is_written_is_known_or_refused(text: str) -> None:
    try:
        found = parse_indicator(text)
    except BadArgument:
        return
    assert parse_indicator(found.name) == found
    assert found.margin > 0
