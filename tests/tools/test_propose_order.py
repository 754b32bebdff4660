"""The model's order is priced for whoever asks, in every kind, and clamped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk.facts import FactBook
from desk.lab import Lab
from desk.research import Research
from desk.result import Result
from desk.snapshot import Snapshot
from tests.fakes.paper_desk import ANNE, PaperDesk, paper_desk
from tools.context import Context
from tools.registry import discover
from trading.backtest import Rules
from trading.errors import BadArgument
from trading.strategies.catalogue import built_in

D = Decimal
PROPOSE = discover()["propose_order"]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def lab() -> Iterator[Lab]:
    lab = Lab()
    yield lab
    lab.close()


async def propose(desk: PaperDesk, lab: Lab, strategy: str = "analyst", **said: Any) -> Result:
    research = Research(Snapshot(desk.market, desk.clock()), lab, Rules(), built_in())
    context = Context(ANNE, research, desk.preview, desk.portfolios, FactBook(), strategy)
    return await PROPOSE.call(context, {"symbol": "BTC/USDT", "side": "buy", **said})


def figures(result: Result) -> dict[str, Any]:
    return {fact.label: fact.value for fact in result.facts}


async def test_an_order_is_judged_by_the_strategy_of_who_asks(desk: PaperDesk, lab: Lab) -> None:
    await desk.buy(notional="150", strategy="analyst")
    for strategy in ("analyst", "manual"):
        result = await propose(desk, lab, strategy, side="sell", notional=100)
        assert result.draft is not None
        assert result.draft.strategy == strategy
        # What the analyst holds is reduced by its own sale only; a person's would be a short.
        assert ("Stop" in figures(result)) == (strategy == "manual")


async def test_a_waiting_order_with_leverage_and_a_trail_is_priced(
    desk: PaperDesk, lab: Lab
) -> None:
    said: dict[str, Any] = {
        "kind": "limit",
        "price": 26_000,
        "trail": 0.04,
        "leverage": 2,
        "hours": 12,
    }
    result = await propose(desk, lab, notional=100, **said)
    shown = figures(result)
    assert (shown["Entry"], shown["Stop"]) == (D(26_000), D(24_960))
    assert shown["Liquidation price"] < 14_000
    assert shown["Margin"] == D("49.92")
    assert result.draft is not None
    assert result.draft.until == desk.clock() + timedelta(hours=12)


async def test_what_a_model_overdoes_is_clamped_or_refused(desk: PaperDesk, lab: Lab) -> None:
    result = await propose(desk, lab, notional=100, leverage=1_000)
    assert "leverage is 20 ×" in result.note, "the limits say no, whatever was asked for"
    wide = await propose(desk, lab, notional=100, kind="limit", price=26_000, hours=10**9)
    assert wide.draft is not None
    assert wide.draft.until == desk.clock() + timedelta(days=90)
    with pytest.raises(BadArgument, match="kind"):
        await propose(desk, lab, kind="iceberg")
    with pytest.raises(BadArgument, match="market order has no price"):
        await propose(desk, lab, price=26_000)
