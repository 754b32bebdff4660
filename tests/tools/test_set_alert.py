"""The model may suggest an alert; what it gets back is checked, and arms nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from desk.errors import UnknownSymbol
from desk.facts import FactBook
from desk.result import Result
from desk.snapshot import Snapshot
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.trading.sample_candles import walk
from tools.alert_words import parse_alert
from tools.context import Context
from tools.registry import discover
from trading.candles import Candles, Timeframe, to_ms
from trading.errors import BadArgument

BTC = "BTC/USDT"
TOOL = discover()["set_alert"]


@pytest.fixture
def context() -> Context:
    clock = FakeClock()
    market = FakeMarket(clock)
    market.set(BTC, 27_000)
    made = walk(300)
    time = made.time - made.time[-1] + to_ms(clock()) - Timeframe.H1.ms
    columns = (made.open, made.high, made.low, made.close, made.volume)
    market.set_candles(Candles(BTC, Timeframe.H1, time, *columns))
    research = SimpleNamespace(snapshot=Snapshot(market, clock()))
    none = cast(Any, None)  # The tool has no use for them, and must not get one.
    return Context("anne", cast(Any, research), none, none, FactBook())


def command(result: Result) -> str:
    (found,) = [fact.value for fact in result.facts if fact.label == "Alert command"]
    return str(found)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ({"direction": "above", "level": 30000}, "/alert BTC/USDT above 30000"),
        ({"direction": "either", "level": 25000.5}, "/alert BTC/USDT 25000.5"),
        ({"direction": "below", "level": 0.05, "minutes": 60}, "/alert BTC/USDT down 5% 60m"),
        (
            {"direction": "above", "level": 70, "indicator": "rsi"},
            "/alert BTC/USDT 1h RSI(14) above 70",
        ),
        (
            {"direction": "below", "level": 0, "indicator": "price vs EMA(50)"},
            "/alert BTC/USDT 1h price below EMA(50)",
        ),
    ],
)
async def test_suggestion_comes_back_as_the_command_that_arms_it(
    context: Context, arguments: dict[str, Any], meant: str
) -> None:
    result = await TOOL.call(context, {"symbol": BTC, **arguments})
    assert command(result) == meant
    parse_alert(meant.removeprefix("/alert "))
    assert "Nothing is armed yet" in result.note
    assert all(fact.symbol == BTC and fact.tool == "set_alert" for fact in result.facts)


@pytest.mark.parametrize(
    "arguments",
    [
        {"direction": "above", "level": 3_000_000_000},
        {"direction": "above", "level": "NaN"},
        {"direction": "above", "level": -5},
        {"direction": "sideways", "level": 30000},
        {"direction": "above", "level": 70, "indicator": "crystal ball"},
        {"direction": "above", "level": 70, "indicator": "RSI(14)", "minutes": 60},
        {"direction": "above", "level": 5, "minutes": 100_000},
    ],
)
async def test_suggestion_that_could_not_be_armed_is_refused(
    context: Context, arguments: dict[str, Any]
) -> None:
    with pytest.raises(BadArgument):
        await TOOL.call(context, {"symbol": BTC, **arguments})


async def test_suggestion_for_an_unknown_symbol_is_refused(context: Context) -> None:
    with pytest.raises(UnknownSymbol):
        await TOOL.call(context, {"symbol": "NOPE/USDT", "direction": "above", "level": 3})
