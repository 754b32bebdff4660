"""Every tool of the package keeps the contract; a new file is covered without an edit here."""

from __future__ import annotations

import inspect

import pytest

from tools.registry import Tool, discover
from trading.errors import BadArgument

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
        tool.parse(["x"] * 20)
