"""The rule-based analyst with the desk's own tools on the demo market: its labels are theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from agents.panel import Panel
from agents.rule_based import rule_based_lineup
from agents.trace import Trace, parse
from agents.verdict import Verdict
from desk.accounts import Accounts
from desk.facts import FactBook
from desk.lab import Lab
from desk.portfolio import Portfolios
from desk.preview import Preview
from desk.research import Research
from desk.snapshot import Snapshot
from desk.terms import Terms
from market.demo.market import DemoMarket
from market.demo.news import DemoNews
from storage.account_log import SqliteAccountLog
from storage.sqlite import SqliteFile
from tests.agents.small_desk import Shelf
from tools.context import Context
from tools.registry import discover
from trading.backtest import Rules
from trading.bounds import Limits
from trading.strategies.catalogue import built_in

NOW = datetime(2026, 3, 1, 14, 0, 5, tzinfo=UTC)


@dataclass
class RealDesk:
    """Everything that a context needs, over one demo market and one file."""

    market: DemoMarket
    preview: Preview
    portfolios: Portfolios
    lab: Lab
    shelf: Shelf
    panel: Panel

    async def ask(self, text: str) -> tuple[Verdict, Trace]:
        snapshot = Snapshot(self.market, NOW, DemoNews(self.market, lambda: NOW))
        research = Research(snapshot, self.lab, Rules(), built_in())
        context = Context("anne", research, self.preview, self.portfolios, FactBook())
        verdict = await self.panel.ask(text, context, lambda _: None)
        return verdict, parse(self.shelf.stored[verdict.id].trace)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[RealDesk]:
    def clock() -> datetime:
        return NOW

    numbers = count(1)

    def new_id() -> str:
        return f"id{next(numbers)}"

    market, limits = DemoMarket(clock), Limits()
    file = SqliteFile(tmp_path / "desk.db")
    log = SqliteAccountLog(file)
    accounts = Accounts(log, clock, Decimal(10_000), "USDT")
    await accounts.open("anne", 7)
    lab, shelf = Lab(), Shelf()
    yield RealDesk(
        market,
        Preview(market, accounts, clock, new_id, limits, Terms()),
        Portfolios(market, accounts, log, clock, limits),
        lab,
        shelf,
        Panel(rule_based_lineup(), discover(), clock, new_id, shelf, seconds=60, model_calls=4),
    )
    lab.close()
    await market.close()
    await file.close()


async def test_each_kind_of_question_is_answered_with_the_desks_own_figures(
    desk: RealDesk,
) -> None:
    for question, tools in (
        ("Is BTC a long on the 1h right now?", 6),
        ("How risky is ADA?", 2),
        ("RSI of ETH on 4h", 1),
        ("Backtest donchian on BTC", 1),
        ("Forecast for BTC", 1),
        ("Price of BTC", 1),
        ("What is in my portfolio?", 1),
        ("Any news on BTC?", 1),
        ("What is the mood of the market?", 1),
        ("Rank BTC, ETH and ADA", 1),
        ("Which coin is the strongest?", 1),
        ("Where is support for BTC?", 1),
    ):
        verdict, trace = await desk.ask(question)
        assert all(run.failure is None and not run.objections for run in trace.runs), question
        assert not any(call.error for run in trace.runs for call in run.calls), question
        assert [len(run.calls) for run in trace.runs] == [tools] * 3
        assert not verdict.prose_dropped
        assert verdict.reasons
        assert verdict.evidence
        assert all(fact.as_of <= NOW for fact in verdict.evidence)


async def test_decision_shows_the_key_facts_of_every_tool(desk: RealDesk) -> None:
    verdict, _ = await desk.ask("Is ETH a long on the 4h?")
    assert all(vote.stance in ("long", "short", "flat") for vote in verdict.votes)
    labels = {fact.label for fact in verdict.evidence}
    assert {"RSI(14)", "EMA 20/50", "Forecast ↑", "Forecast edge", "Buy and hold"} <= labels
    assert {"VaR 95 %, 1 day", "News mood"} <= labels
    assert (verdict.source, verdict.demo) == ("demo", True)


async def test_unknown_symbol_is_told_in_the_markets_own_words(desk: RealDesk) -> None:
    verdict, _ = await desk.ask("Is PEPE a long?")
    assert verdict.stance == "none"
    assert any("no 'PEPE/USDT'" in reason for reason in verdict.reasons)
