"""The rules answer beside a model, on the same frozen market and with nothing asked anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from agents.beside import Beside
from agents.members import Lineup
from agents.panel import Panel
from agents.recording import Recorder
from agents.rules.rule_based import rule_based_lineup
from desk.accounts import Accounts
from desk.called import Call, Who
from desk.facts import FactBook
from desk.lab import Lab
from desk.portfolio import Portfolios
from desk.ports import StoredQuestion
from desk.preview import Preview
from desk.research import Research
from desk.snapshot import Snapshot
from desk.terms import Terms
from market.demo.market import DemoMarket
from storage.account_log import SqliteAccountLog
from storage.sqlite import SqliteFile
from storage.verdicts import SqliteVerdicts
from tests.agents.scripts import lineup, plainly
from tests.agents.small_desk import NOW, Room, Shelf, small_context
from tests.fakes.openai_server import OpenAIServer, Step, calls
from tools.context import Context
from tools.registry import discover
from trading.backtest import Rules
from trading.bounds import Limits
from trading.candles import Candles, Timeframe
from trading.instrument import Quote
from trading.strategies.catalogue import built_in

WHERE = {"symbol": "BTC/USDT", "timeframe": "1h"}
THOROUGH = calls(("indicators", WHERE), ("forecast", {**WHERE, "horizon": 4}))
GLANCE = calls(("indicators", WHERE))


class CountedMarket(DemoMarket):
    """Notes what is asked of it."""

    asked: int = 0

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        self.asked += 1
        return await super().candles(symbol, timeframe, end, count)

    async def quote(self, symbol: str) -> Quote:
        self.asked += 1
        return await super().quote(symbol)


@dataclass
class Desk:
    """A model's panel, and the rules beside it."""

    market: CountedMarket
    store: SqliteVerdicts
    preview: Preview
    portfolios: Portfolios
    lab: Lab
    beside: Beside
    shelf: Shelf = field(default_factory=Shelf)

    async def ask(self, who: Lineup, text: str = "Is BTC a long on the 1h?") -> StoredQuestion:
        """Ask and let the rules answer beside it."""
        research = Research(Snapshot(self.market, NOW), self.lab, Rules(), built_in())
        context = Context("anne", research, self.preview, self.portfolios, FactBook())
        panel = Panel(
            who, discover(), lambda: NOW, lambda: "q1", self.shelf, seconds=60, model_calls=4
        )
        verdict = await panel.ask(text, context, lambda _: None)
        stored = self.shelf.stored[verdict.id]
        await Recorder(self.store).record(stored, Decimal(100))
        before = self.market.asked
        await self.beside.answer(stored, context, Decimal(100))
        assert self.market.asked == before
        return stored

    async def calls(self) -> dict[Who, Call]:
        return {one.call.who: one.call for one in await self.store.of_account("anne")}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    numbers = count(1)

    def clock() -> datetime:
        return NOW

    def new_id() -> str:
        return f"id{next(numbers)}"

    market, limits, lab = CountedMarket(clock), Limits(), Lab()
    file = SqliteFile(tmp_path / "desk.db")
    log = SqliteAccountLog(file)
    accounts = Accounts(log, clock, Decimal(10_000), "USDT")
    await accounts.open("anne", 7)
    store = SqliteVerdicts(file)
    yield Desk(
        market,
        store,
        Preview(market, accounts, clock, new_id, limits, Terms()),
        Portfolios(market, accounts, log, clock, limits),
        lab,
        Beside(Recorder(store), discover(), clock, new_id),
    )
    lab.close()
    await market.close()
    await file.close()


async def asked(desk: Desk, look: Step) -> dict[Who, Call]:
    async with OpenAIServer([[look, plainly("long", horizon=9)]]) as server:
        await desk.ask(lineup(server, runs=1))
    return await desk.calls()


async def test_the_rules_and_the_forecast_are_recorded_beside_a_models_verdict(desk: Desk) -> None:
    seen = await asked(desk, THOROUGH)
    verdict, rules, forecast = (seen[who] for who in (Who.VERDICT, Who.RULES, Who.FORECAST))
    assert (verdict.analyst, verdict.stance, verdict.horizon) == ("test-model", "long", 9)
    assert (rules.analyst, rules.runs, rules.horizon) == ("rule-based", 3, 9)
    assert rules.stance in ("long", "short", "flat", "no call")
    assert forecast.horizon == 4
    for call in (rules, forecast):
        assert (call.question_id, call.account_id, call.asked_at, call.price) == (
            verdict.question_id,
            "anne",
            verdict.asked_at,
            None if call is forecast else verdict.price,
        )


async def test_what_was_not_frozen_is_not_asked_for(desk: Desk) -> None:
    seen = await asked(desk, GLANCE)
    assert Who.FORECAST not in seen
    assert seen[Who.RULES].runs == 3


async def test_the_rules_are_not_asked_beside_themselves(desk: Desk) -> None:
    room = Room(rule_based_lineup())
    verdict = await room.ask()
    await desk.beside.answer(room.shelf.stored[verdict.id], small_context())
    assert await desk.calls() == {}


async def test_information_is_not_answered_twice(desk: Desk) -> None:
    await desk.ask(rule_based_lineup(), "What is the RSI of BTC?")
    assert await desk.calls() == {}
