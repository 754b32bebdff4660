"""Every tool of the package keeps the contract; a new file is covered without an edit here."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import pytest

from tools.registry import Tool, discover
from tools.usage import Usage
from trading.errors import BadArgument
from trading.strategies.catalogue import built_in

TOOLS = discover()


def test_discover_finds_the_tools_that_the_model_knows() -> None:
    assert set(TOOLS) >= {
        "quote",
        "indicators",
        "forecast",
        "backtest",
        "risk_check",
        "portfolio",
        "propose_order",
    }


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_tool_tells_the_model_what_it_does_and_takes(tool: Tool) -> None:
    schema = tool.arguments.model_json_schema()
    assert 10 < len(tool.summary) <= 100
    assert all(field["description"] for field in schema["properties"].values())
    assert inspect.iscoroutinefunction(tool.run)
    assert not any(
        word in name for name in schema["properties"] for word in ("url", "address", "path", "host")
    )


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_tool_example_parses_as_typed(tool: Tool) -> None:
    tool.check(tool.parse(tool.example.split()))


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_tool_when_an_argument_is_unknown_refuses_with_the_usage(tool: Tool) -> None:
    with pytest.raises(BadArgument, match="Usage: "):
        tool.check({**tool.parse(tool.example.split()), "url": "http://evil"})
    with pytest.raises(BadArgument, match="too many"):
        tool.parse(["x"] * 40)


def test_command_alone_is_told_the_whole_usage_and_a_slip_only_an_example() -> None:
    backtest = TOOLS["backtest"]
    with pytest.raises(BadArgument, match=r"^symbol is missing\. Usage: /backtest <symbol> "):
        backtest.check(backtest.parse([]))
    with pytest.raises(BadArgument) as slip:
        backtest.check(backtest.parse(["BTC", "weights=heavy"]))
    assert str(slip.value) == (
        "weights must be equal or inverse (by volatility), not heavy. "
        f"Example: /backtest {backtest.example}"
    )


def test_other_usage_is_told_in_place_of_the_tools_own() -> None:
    mine = Usage("/mine <symbol>", "/mine BTC")
    with pytest.raises(BadArgument, match=r"symbol is missing\. Usage: /mine <symbol>\. Example: "):
        TOOLS["quote"].check({}, mine)
    with pytest.raises(BadArgument, match=r"write it as BTC/USDT\. Example: /mine BTC$"):
        TOOLS["quote"].check({"symbol": "?"}, mine)


def test_model_may_choose_from_the_strategies_that_there_are() -> None:
    def choices(tools: Mapping[str, Tool]) -> list[str]:
        schema = tools["backtest"].arguments.model_json_schema()
        found: list[str] = schema["properties"]["strategy"]["enum"]
        return found

    assert choices(discover(["mine", "sma_cross"])) == ["mine", "sma_cross"]
    assert choices(TOOLS) == list(built_in().names)
    assert choices(discover()) == list(built_in().names), "nothing is remembered"


def test_a_symbol_of_the_default_exchange_has_one_name_whoever_calls() -> None:
    known = discover(exchange="binance")
    assert known["quote"].check({"symbol": "Binance:btc"}) == {"symbol": "BTC/USDT"}
    assert known["quote"].check({"symbol": "kraken:btc"}) == {"symbol": "kraken:BTC/USDT"}
    both = known["backtest"].check({"symbol": "binance:BTC+kraken:eth", "strategy": "sma_cross"})
    assert both["symbol"] == "BTC/USDT+kraken:ETH/USDT"
