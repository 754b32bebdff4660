"""What people write after /alert becomes an alert, or a clear refusal."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.alert_words import parse_alert, write_alert
from trading.alerts import AlertDraft
from trading.errors import BadArgument


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("BTC/USDT above 30000", "/alert BTC/USDT above 30000"),
        ("btc > 30k", "/alert BTC/USDT above 30000"),
        ("BTC >=30,000 USDT", "/alert BTC/USDT above 30000"),
        ("BTC, when it falls below 29,500.5", "/alert BTC/USDT below 29500.5"),
        ("BTC 30 000", "/alert BTC/USDT 30000"),
        ("eth under 0,05", "/alert ETH/USDT below 0.05"),
        ("BTC/USDT 5% 60m", "/alert BTC/USDT 5% 60m"),
        ("BTC moves 5 % within 2 hours", "/alert BTC/USDT 5% 120m"),
        ("BTC 5%", "/alert BTC/USDT 5% 60m"),
        ("BTC/USDT down 3% 15m", "/alert BTC/USDT down 3% 15m"),
        ("BTC -3% 15 min", "/alert BTC/USDT down 3% 15m"),
        ("sol rises by 10% in 1d once", "/alert SOL/USDT up 10% 1440m once"),
        ("BTC/USDT 1h RSI(14) above 70", "/alert BTC/USDT 1h RSI(14) above 70"),
        ("BTC rsi > 70", "/alert BTC/USDT 1h RSI(14) above 70"),
        ("BTC RSI 14 over 70 4h once", "/alert BTC/USDT 4h RSI(14) above 70 once"),
        ("BTC/USDT 1h price above EMA(50)", "/alert BTC/USDT 1h price above EMA(50)"),
        ("BTC 1d below sma200", "/alert BTC/USDT 1d price below SMA(200)"),
        ("BTC 4h ema 20 crosses above ema 50", "/alert BTC/USDT 4h EMA(20) above EMA(50)"),
        ("BTC EMA50 above 30k", "/alert BTC/USDT 1h EMA(50) above 30000"),
        ("BTC macd below -50", "/alert BTC/USDT 1h MACD histogram below -50"),
        ("BTC 1d atr above 2%", "/alert BTC/USDT 1d ATR(14) above 2%"),
        ("BTC %b > 1", "/alert BTC/USDT 1h Bollinger %B above 1"),
        ("BTC volume over 2", "/alert BTC/USDT 1h Volume / mean of 20 above 2"),
        ("BTC 1h price 2% above EMA(50)", "/alert BTC/USDT 1h price / EMA(50) above 2%"),
        ("BTC stoch > 80", "/alert BTC/USDT 1h Stochastic %K above 80"),
        ("BTC 4h stochastic %d below 20", "/alert BTC/USDT 4h Stochastic %D below 20"),
        ("BTC price above vwap", "/alert BTC/USDT 1h price above VWAP"),
        ("BTC 15m vwap > 30k", "/alert BTC/USDT 15m VWAP above 30000"),
        ("BTC 1h ema 20 falls below VWAP", "/alert BTC/USDT 1h EMA(20) below VWAP"),
        ("BTC 4h price above the cloud", "/alert BTC/USDT 4h price above Cloud top"),
        ("BTC 4h below ichimoku cloud once", "/alert BTC/USDT 4h price below Cloud bottom once"),
        ("BTC 1d cloud top above 30000", "/alert BTC/USDT 1d Cloud top above 30000"),
    ],
)
def test_alert_when_written_as_people_do_is_understood(written: str, meant: str) -> None:
    assert write_alert(parse_alert(written)) == meant


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "BTC",
        "BTC above",
        "hello there world",
        "BTC above 3 4",
        "BTC foo 30000",
        "BTC above below 3",
        "BTC above nan",
        "BTC above 1e9",
        "BTC 7h rsi > 70",
        "BTC rsi(999) > 3",
        "BTC rsi above 70%",
        "BTC ema 20 above ema 20",
        "BTC rsi above ema 20",
        "BTC stochastic above vwap",
        "BTC vwap above vwap",
        "<b> above 3",
        "BTC above " + "9" * 4000,
        "BTC 5% " + "9" * 4000 + "m",
    ],
)
def test_nonsense_is_refused_with_a_way_to_write_it(nonsense: str) -> None:
    with pytest.raises(BadArgument, match=r"Usage: /alert|Use one of|takes 2 to|such as|Known"):
        parse_alert(nonsense)


@given(st.text(max_size=80))
def test_whatever_is_written_is_an_alert_or_a_refusal(text: str) -> None:
    try:
        draft = parse_alert(f"BTC {text}")
    except BadArgument:
        return
    assert draft.level.is_finite()
    assert draft.symbol == "BTC/USDT"


sides_written = st.sampled_from(["above", "below", ">", "<", "up", "down"])
values_written = st.sampled_from(["30000", "30k", "5%", "50", "1,5", "-3", "%", "60m", "1h"])
names_written = st.sampled_from(["rsi", "RSI(14)", "ema", "price", "once", "btc"])
words = st.one_of(sides_written, values_written, names_written)


@given(st.lists(words, max_size=7))
def test_words_in_any_order_are_an_alert_or_a_refusal(found: list[str]) -> None:
    try:
        draft = parse_alert(" ".join(["BTC", *found]))
    except BadArgument:
        return
    assert parse_alert(write_alert(draft).removeprefix("/alert ")) == draft


levels = st.decimals("0.000001", "999999", places=6)
indicators = st.sampled_from(
    [
        "RSI(14)",
        "EMA(50)",
        "MACD histogram",
        "ATR(14)",
        "Bollinger %B",
        "price vs EMA(50)",
        "Stochastic %K",
        "Stochastic %D",
        "VWAP",
        "price vs VWAP",
        "price vs Cloud top",
        "EMA(20) vs Cloud bottom",
    ]
)
sides = st.sampled_from(["above", "below"])
drafts = st.one_of(
    st.builds(
        AlertDraft,
        kind=st.just("price"),
        symbol=st.just("BTC/USDT"),
        direction=st.sampled_from(["above", "below", "either"]),
        level=levels,
        once=st.booleans(),
    ),
    st.builds(
        AlertDraft,
        kind=st.just("move"),
        symbol=st.just("ETH/BTC"),
        direction=st.sampled_from(["above", "below", "either"]),
        level=levels,
        window=st.integers(1, 1440),
    ),
    st.builds(
        AlertDraft,
        kind=st.just("indicator"),
        symbol=st.just("BTC/USDT"),
        direction=sides,
        level=st.one_of(st.just(Decimal(0)), levels),
        timeframe=st.sampled_from(["5m", "1h", "1d"]),
        indicator=indicators,
    ),
)


@given(drafts)
def test_alert_that_is_written_out_reads_the_same(draft: AlertDraft) -> None:
    assert parse_alert(write_alert(draft).removeprefix("/alert ")) == draft
