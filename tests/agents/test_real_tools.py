"""The rule-based analyst with the desk's own tools on the demo market: its labels are theirs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from agents.members import Lineup
from agents.panel import Panel
from agents.rules.rule_based import rule_based_lineup
from agents.trace import Trace, parse
from agents.verdict import Verdict
from desk.accounts import Accounts
from desk.facts import FactBook
from desk.lab import Lab
from desk.language import language_of
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
    alone: Panel

    async def ask(self, text: str, panel: Panel | None = None) -> tuple[Verdict, Trace]:
        snapshot = Snapshot(self.market, NOW, DemoNews(self.market, lambda: NOW))
        research = Research(snapshot, self.lab, Rules(), built_in())
        context = Context("anne", research, self.preview, self.portfolios, FactBook())
        verdict = await (panel or self.panel).ask(text, context, lambda _: None)
        return verdict, parse(self.shelf.stored[verdict.id].trace)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One for all tests: the market is the same, so a forecast is learned once."""
    lab = Lab()
    yield lab
    lab.close()


@pytest.fixture
async def desk(tmp_path: Path, lab: Lab) -> AsyncIterator[RealDesk]:
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
    shelf = Shelf()
    everybody = rule_based_lineup()

    def panel(lineup: Lineup) -> Panel:
        return Panel(lineup, discover(), clock, new_id, shelf, seconds=60, model_calls=4)

    yield RealDesk(
        market,
        Preview(market, accounts, clock, new_id, limits, Terms()),
        Portfolios(market, accounts, log, clock, limits),
        lab,
        shelf,
        panel(everybody),
        # Where no decision is asked for, the lenses all say the same.
        panel(replace(everybody, members=everybody.members[:1])),
    )
    await market.close()
    await file.close()


DECIDES = "quote indicators forecast backtest news risk_check rank"


async def test_each_kind_of_question_is_answered_with_the_desks_own_figures(
    desk: RealDesk,
) -> None:
    for question, tools, headline in (
        ("Is BTC a long on the 1h right now?", DECIDES, ""),
        ("BTC 1小时可以做多吗", DECIDES, ""),
        ("How risky is ADA?", "risk_check indicators", "On a bad day"),
        ("ADA 风险", "risk_check indicators", "在糟糕的一天"),
        ("RSI of ETH on 4h", "indicators", "RSI(14) of ETH/USDT on the 4h"),
        ("以太坊4小时RSI", "indicators", "ETH/USDT 4h 周期的 RSI(14)"),
        ("Where is support for BTC?", "indicators quote", "Support of BTC/USDT"),
        ("BTC 支撑阻力", "indicators quote", "BTC/USDT 1h 周期的支撑位为"),
        ("pivots for SOL", "indicators quote", "For SOL/USDT on the 1h Support is"),
        ("BTC Ichimoku", "indicators", "Against the Ichimoku cloud"),
        ("SOL 一目均衡表", "indicators", "SOL/USDT 1h 周期的价格相对一目均衡云"),
        ("stochastic ADA", "indicators", "Stochastic %K of ADA/USDT"),
        ("ADA 随机指标", "indicators", "ADA/USDT 1h 周期的随机指标 %K"),
        ("OBV for ETH", "indicators", "OBV of ETH/USDT"),
        ("ETH 能量潮", "indicators", "ETH/USDT 1h 周期的 OBV"),
        ("Is BTC above VWAP?", "indicators quote", "The last price of BTC/USDT is"),
        ("BTC 在VWAP上方吗", "indicators quote", "BTC/USDT 的最新价为"),
        ("BTC 成交量", "indicators", "BTC/USDT 1h 周期的成交量"),
        ("how is BTC doing", "indicators", "The indicators of BTC/USDT"),
        ("比特币走势怎么样", "indicators", "BTC/USDT 1h 周期的指标"),
        ("purple monkey ETH", "indicators", "I can't tell what you ask of ETH/USDT"),
        ("Backtest donchian on BTC", "backtest", "The strategy on BTC/USDT"),
        ("回测 BTC 突破", "backtest", "该策略在 BTC/USDT"),
        ("Forecast for BTC", "forecast", "The forecast for BTC/USDT"),
        ("BTC 未来4小时预测", "forecast", "BTC/USDT 1h 周期的预测"),
        ("Price of BTC", "quote", "The last price of BTC/USDT"),
        ("比特币价格", "quote", "BTC/USDT 的最新价格"),
        ("What is in my portfolio?", "portfolio", "Your equity is"),
        ("我的持仓", "portfolio", "您的权益为"),
        ("Any news on BTC?", "news", "The news mood is"),
        ("市场情绪", "news", "新闻情绪为"),
        ("funding rate of eth", "news", "The funding rate of ETH/USDT is"),
        ("ETH 资金费率", "news", "ETH/USDT 的资金费率为"),
        ("open interest BTC", "news", "The open interest of BTC/USDT is"),
        ("BTC 未平仓", "news", "BTC/USDT 的未平仓量为"),
        ("order book of SOL", "news", "The book imbalance of SOL/USDT is"),
        ("SOL 盘口", "news", "SOL/USDT 的盘口失衡度为"),
        ("Rank BTC, ETH and ADA", "rank", "BTC/USDT has the highest Score"),
        ("weakest coin", "rank", "DOGE/USDT has the lowest Return 30 days"),
        ("按波动率排名", "rank", "在筛选的币种中，DOGE/USDT 的年化波动率最高"),
    ):
        panel = desk.panel if tools == DECIDES else desk.alone
        verdict, trace = await desk.ask(question, panel)
        said = [run.objections for run in trace.runs]
        assert all(run.failure is None and not run.objections for run in trace.runs), said
        assert not any(call.error for run in trace.runs for call in run.calls), question
        called = [sorted(call.tool for call in run.calls) for run in trace.runs]
        assert called == [sorted(tools.split())] * len(trace.runs), question
        assert not verdict.prose_dropped
        assert verdict.headline.startswith(headline), verdict.headline
        assert verdict.reasons
        assert verdict.evidence
        assert all(fact.as_of <= NOW for fact in verdict.evidence)
        language = language_of(question)
        for text in (verdict.headline, *verdict.reasons):
            assert language_of(text) is language, text
        assert (verdict.stance == "none") == (tools != DECIDES), question


async def test_what_was_answered_badly_is_answered_now(desk: RealDesk) -> None:
    for question, headline, reason in (
        ("is BTC above its 200 EMA?", "The last price of BTC/USDT is", "SMA 200 is the simple one"),
        ("how risky is $100 of DOGE?", "DOGE/USDT in that size (99", "Loss at stop: "),
        ("how risky is $500 of DOGE?", "DOGE/USDT in that size (500", "more than your limits"),
        ("500U 的狗狗币风险多大", "DOGE/USDT 按这个金额（500", "超出您的限额"),
        ("should I sell everything?", "You hold nothing now", "Cash: "),
        ("any news on BTC?", "The news mood is", "/news quotes and links the headlines"),
        ("what's btc doing this week?", "The indicators of BTC/USDT", "Return 7 days of BTC/USDT"),
        ("WAGMI 的价格", "没能查到", "no 'WAGMI/USDT'. It has BTC/USDT"),
        ("how dangerous is 1000 usdt of ETH?", "ETH/USDT in that size (1", "Quantity that passes"),
    ):
        verdict, trace = await desk.ask(question, desk.alone)
        assert not any(run.objections for run in trace.runs), trace.runs[0].objections
        assert verdict.headline.startswith(headline), (question, verdict.headline)
        assert any(reason in told for told in verdict.reasons), (question, verdict.reasons)


async def test_several_timeframes_in_one_question_say_which_was_looked_at(desk: RealDesk) -> None:
    verdict, _ = await desk.ask("BTC on 1h, 4h and 1d?")
    assert verdict.timeframe == "1h"
    assert "Only the 1h was looked at; for the next one ask: and on the 4h?" in verdict.headline
    chinese, _ = await desk.ask("BTC 1小时和4小时可以做多吗")
    assert "要看下一个请问：4h 呢？" in chinese.headline


async def test_third_lens_says_that_it_only_follows_the_past_on_every_timeframe(
    desk: RealDesk,
) -> None:
    for question in ("Is ETH a long on the 15m?", "SOL 日线可以做多吗", "Is SOL a long on the 4h?"):
        verdict, trace = await desk.ask(question)
        assert not any(run.objections for run in trace.runs)
        vote = verdict.votes[2]
        assert vote.label == "momentum"
        assert vote.headline.startswith(("The forecast has no edge", "There is no", "这里没有"))


async def test_overbought_is_answered_with_yes_no_or_mixed_and_the_gauges_that_tell(
    desk: RealDesk,
) -> None:
    for question, answers in (
        ("is ETH overbought?", ("Yes: ", "No: ", "Mixed: ")),
        ("is ADA oversold on the 4h?", ("Yes: ", "No: ", "Mixed: ")),
        ("is SOL overbought or oversold?", ("Yes: ", "No: ", "Mixed: ")),
        ("以太坊超买了吗", ("是：", "否：", "不一致：")),
    ):
        verdict, _ = await desk.ask(question, desk.alone)
        assert not verdict.prose_dropped
        assert verdict.headline.startswith(answers)
        told = " ".join(verdict.reasons)
        assert all(gauge in told for gauge in ("RSI(14)", "%K", "%B")), told
        assert "EMA" not in told


async def test_ranking_is_made_by_the_factor_that_was_named(desk: RealDesk) -> None:
    _, trace = await desk.ask("strongest of BTC, ETH, SOL", desk.alone)
    (call,) = trace.runs[0].calls
    asked = json.loads(call.arguments)
    assert (asked["by"], asked["symbols"]) == ("momentum", ["BTC/USDT", "ETH", "SOL"])


async def test_decision_shows_the_key_facts_of_every_tool(desk: RealDesk) -> None:
    verdict, _ = await desk.ask("Is BTC a long on the 1h?")
    assert all(vote.stance in ("long", "short", "flat") for vote in verdict.votes)
    labels = {fact.label for fact in verdict.evidence}
    assert {"RSI(14)", "EMA 20/50", "Forecast ↑", "Forecast edge", "Buy and hold"} <= labels
    assert {"VaR 95 %, 1 day", "News mood"} <= labels
    assert (verdict.source, verdict.demo) == ("demo", True)


async def test_unknown_symbol_is_told_in_the_markets_own_words(desk: RealDesk) -> None:
    verdict, _ = await desk.ask("Is PEPE a long?")
    assert verdict.stance == "none"
    assert any("no 'PEPE/USDT'" in reason for reason in verdict.reasons)
