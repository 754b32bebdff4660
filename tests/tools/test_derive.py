"""The derive tool: new figures only where they mean something, and named for what they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.facts import Fact, FactBook, Value
from desk.figures import show
from tools.context import Context
from tools.registry import discover
from trading.errors import BadArgument

DERIVE = discover()["derive"]
AT = datetime(2026, 3, 1, 14, tzinfo=UTC)
ROWS: tuple[tuple[str, Value, str, str, str], ...] = (
    ("Last price", Decimal(26_905), "USDT", "BTC/USDT", ""),  # f1
    ("EMA 50", 26_801.0, "USDT", "BTC/USDT", "1h"),  # f2
    ("RSI(14)", 58.2, "", "BTC/USDT", "1h"),  # f3
    ("RSI(14)", 44.0, "", "BTC/USDT", "4h"),  # f4
    ("SMA cross return", 0.184, "fraction", "BTC/USDT", "1h"),  # f5
    ("Buy and hold", 0.41, "fraction", "BTC/USDT", "1h"),  # f6
    ("Last price", 2_000.0, "USDT", "ETH/USDT", ""),  # f7
    ("ADX(14)", 20.0, "", "BTC/USDT", "1h"),  # f8
    ("EMA 20/50", "above", "", "BTC/USDT", "1h"),  # f9
    ("Equity", Decimal(10_000), "USDT", "", ""),  # f10
    ("ATR(14)", 0.012, "fraction", "BTC/USDT", "1h"),  # f11
    ("Profit today", Decimal(0), "USDT", "", ""),  # f12
    ("Held", Decimal("0.5"), "BTC", "BTC/USDT", ""),  # f13
    ("News mood", -0.2, "score", "BTC/USDT", ""),  # f14
    ("Last price", 26_950.0, "USD", "kraken:BTC/USD", ""),  # f15
    ("Change 24 h", -0.02, "fraction", "BTC/USDT", "1h"),  # f16
    ("MACD histogram", 12.5, "USDT", "BTC/USDT", "1h"),  # f17
)


def book() -> FactBook:
    made = FactBook()
    for minutes, (label, value, unit, symbol, timeframe) in enumerate(ROWS):
        made.add(
            *("some", label, value, unit),
            symbol=symbol,
            timeframe=timeframe,
            as_of=AT - timedelta(minutes=minutes),
            source="demo",
        )
    return made


async def derived(operation: str, first: str, **others: Any) -> tuple[Fact, ...]:
    context = cast(Context, SimpleNamespace(facts=book()))
    wanted = {"operation": operation, "first": first, **others}
    return (await DERIVE.call(context, wanted)).facts


@pytest.mark.parametrize(
    ("wanted", "label", "shown"),
    [
        (("difference", "f1", "f2"), "Last price − EMA 50", "104.00 USDT"),
        (("difference", "f2", "f1"), "EMA 50 − Last price", "−104.00 USDT"),
        (("difference", "f5", "f6"), "SMA cross return − Buy and hold", "−22.6 points"),
        (("difference", "f3", "f4"), "RSI(14) 1h − RSI(14) 4h", "14.2"),
        (("ratio", "f5", "f6"), "SMA cross return / Buy and hold", "0.45"),
        (("ratio", "f7", "f1"), "ETH/USDT Last price / BTC/USDT Last price", "0.07"),
        (("percent_change", "f1", "f2"), "Last price against EMA 50", "0.39 %"),
        (("loss_at_stop", "f1", "f11"), "Loss at stop, of the entry", "1.20 %"),
        (("loss_at_stop", "{f1}", "F2"), "Loss at stop, of the entry", "0.39 %"),
    ],
)
async def test_figure_when_derived_says_what_it_is(
    wanted: tuple[str, str, str], label: str, shown: str
) -> None:
    operation, first, second = wanted
    (fact,) = await derived(operation, first, second=second)
    assert (fact.label, show(fact), fact.tool) == (label, shown, "derive")


async def test_derived_fact_is_as_old_as_the_older_of_its_two_and_names_both() -> None:
    (fact,) = await derived("difference", "f1", second="f2")
    assert fact.as_of == AT - timedelta(minutes=1)
    assert fact.source == "derived from f1, f2"
    assert (fact.symbol, fact.timeframe) == ("BTC/USDT", "1h")
    (over_two,) = await derived("difference", "f3", second="f4")
    assert (over_two.symbol, over_two.timeframe) == ("BTC/USDT", "")


async def test_loss_at_stop_of_a_size_is_money() -> None:
    stop, loss = await derived("loss_at_stop", "f1", stop="3%", size="f10")
    assert (stop.label, show(stop)) == ("Stop distance", "3.00 %")
    assert (loss.label, show(loss)) == ("Loss at stop on Equity", "300.00 USDT")
    (of_coins,) = await derived("loss_at_stop", "f1", second="f2", size="f13")
    assert show(of_coins) == "52.00 USDT"


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"operation": "difference", "first": "f1", "second": "f3"}, "they have no difference"),
        ({"operation": "difference", "first": "f1", "second": "f7"}, "take their ratio"),
        ({"operation": "difference", "first": "f1", "second": "f15"}, "they have no difference"),
        ({"operation": "difference", "first": "f1", "second": "f10"}, "two things"),
        ({"operation": "difference", "first": "f3", "second": "f8"}, "two scales"),
        ({"operation": "difference", "first": "f3", "second": "f9"}, "a reading in words"),
        ({"operation": "difference", "first": "f3", "second": "f99"}, "no fact f99"),
        ({"operation": "difference", "first": "f3", "second": "58.2"}, "is no fact's id"),
        ({"operation": "difference", "first": "f3"}, "takes two facts"),
        ({"operation": "ratio", "first": "f10", "second": "f12"}, "is zero"),
        ({"operation": "ratio", "first": "f16", "second": "f6"}, "below zero"),
        ({"operation": "percent_change", "first": "f5", "second": "f6"}, "Take the difference"),
        ({"operation": "percent_change", "first": "f14", "second": "f14"}, "Take the difference"),
        ({"operation": "loss_at_stop", "first": "f3", "second": "f2"}, "must be the entry's price"),
        ({"operation": "loss_at_stop", "first": "f17", "second": "f2"}, "must be the entry's"),
        ({"operation": "loss_at_stop", "first": "f1"}, "Name the stop once"),
        ({"operation": "loss_at_stop", "first": "f1", "second": "f2", "stop": 0.1}, "once"),
        ({"operation": "loss_at_stop", "first": "f1", "stop": 0.1}, "name a size too"),
        ({"operation": "loss_at_stop", "first": "f1", "second": "f3"}, "neither a price"),
        ({"operation": "loss_at_stop", "first": "f1", "second": "f2", "size": "f3"}, "must be in"),
        ({"operation": "loss_at_stop", "first": "f1", "second": "f2", "size": "f2"}, "no size"),
        ({"operation": "loss_at_stop", "first": "f1", "stop": 0.1, "size": "f7"}, "is of ETH"),
        ({"operation": "root", "first": "f1", "second": "f2"}, "operation"),
    ],
)
async def test_derive_when_it_would_mean_nothing_refuses_and_says_why(
    wanted: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadArgument, match=reason):
        await derived(**wanted)


async def test_derived_fact_can_not_be_derived_from() -> None:
    context = cast(Context, SimpleNamespace(facts=book()))
    wanted = {"operation": "difference", "first": "f1", "second": "f2"}
    (made,) = (await DERIVE.call(context, wanted)).facts
    with pytest.raises(BadArgument, match="is derived itself"):
        await DERIVE.call(context, {**wanted, "first": made.id})


def test_people_have_no_command_for_it() -> None:
    assert DERIVE.command is None


@given(
    left=st.floats(allow_nan=False, allow_infinity=False),
    right=st.floats(allow_nan=False, allow_infinity=False),
    operation=st.sampled_from(["difference", "ratio", "percent_change"]),
)
async def test_any_two_figures_give_a_finite_one_or_a_reason(
    left: float, right: float, operation: str
) -> None:
    shelf = FactBook()
    for value in (left, right):
        shelf.add("some", "Last price", value, "USDT", as_of=AT, source="demo", symbol="BTC/USDT")
    context = cast(Context, SimpleNamespace(facts=shelf))
    try:
        wanted = {"operation": operation, "first": "f1", "second": "f2"}
        (fact,) = (await DERIVE.call(context, wanted)).facts
    except BadArgument:
        return
    assert not isinstance(fact.value, str)
    assert float("-inf") < fact.value < float("inf")
    assert show(fact)
