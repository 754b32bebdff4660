"""A question about a past moment: no figure on its card knows what came after."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path

import numpy as np
import pytest
from telegram import Bot

import bot.__main__ as start
from agents.verdict import Verdict
from bot.cards.card import Card
from bot.cards.proposal import proposal_lines
from bot.cards.verdict import verdict_card
from bot.services import Services
from desk.chart_spec import CandleChart
from desk.facts import Fact
from desk.figures import with_unit
from settings import Settings
from storage.sqlite import SqliteFile
from tests.e2e.world import FEE_RATE, SLIPPAGE, fee_of, whole_lots
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import made_candles, need_candles, rolled_up, with_rollups
from trading.backtest import Rules, backtest_strategy
from trading.candles import Candles, FloatArray, Timeframe, to_ms
from trading.forecast import forecast
from trading.orders import Proposal
from trading.readings import readings
from trading.strategies.base import Strategy
from trading.strategies.catalogue import built_in
from trading.tail_history import daily_risk_of

MOMENT = datetime(2021, 5, 19, 13, tzinfo=UTC)  # in the middle of the crash
SYMBOL = "BTC/USDT"
QUESTION = "Is BTC a long on the 1h?"
ACCOUNT = "1"
CENT = Decimal("0.01")
STRATEGIES = ("sma_cross", "rsi_reversion")
Tables = Mapping[tuple[str, str], FloatArray]


@dataclass(frozen=True)
class Asked:
    """What came of the question."""

    verdict: Verdict
    card: Card
    facts: tuple[Fact, ...]
    order: Proposal | None


@pytest.mark.parametrize("source", ["real", "made"])
async def test_card_knows_only_what_had_closed(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = _hours(source)
    asked = await _ask(
        with_rollups("BTCUSDT", hours, Timeframe.H1), _folder(tmp_path, "a"), monkeypatch
    )
    assert asked.facts
    assert max(fact.as_of for fact in asked.facts) <= MOMENT
    assert asked.verdict.as_of == MOMENT
    assert len(asked.verdict.evidence) >= 8
    expected = _recomputed(hours, asked.verdict)
    for fact in asked.verdict.evidence:
        assert (fact.value, fact.unit) == expected[fact.label], fact.label
    _order_follows_from_the_last_close(hours, asked)
    _shows_nothing_else(asked, expected)

    later = {name: _altered(table, name) for name, table in _tables(hours).items()}
    assert any(not np.array_equal(later[name], _tables(hours)[name]) for name in later)
    again = await _ask(later, _folder(tmp_path, "b"), monkeypatch)
    assert again.card.html().encode() == asked.card.html().encode()
    assert again.card.buttons == asked.card.buttons
    assert _drawn(again.card) == _drawn(asked.card)


async def test_changed_past_changes_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof above would be worth nothing if the card never followed the candles."""
    tables = _tables(_hours("made"))
    other = tables["BTCUSDT", "1h"].copy()
    closed = other[:, 0] + Timeframe.H1.ms <= to_ms(MOMENT)
    other[np.flatnonzero(closed)[-1], 1:5] *= 1.02
    first = await _ask(tables, _folder(tmp_path, "a"), monkeypatch)
    second = await _ask({**tables, ("BTCUSDT", "1h"): other}, _folder(tmp_path, "b"), monkeypatch)
    assert first.card.html() != second.card.html()


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


def _hours(source: str) -> FloatArray:
    if source == "real":
        return need_candles("candles_1h/binance/BTC_USDT-1h")
    return made_candles(count=4_500)


def _tables(hours: FloatArray) -> Tables:
    return with_rollups("BTCUSDT", hours, Timeframe.H1)


def _altered(table: FloatArray, name: tuple[str, str]) -> FloatArray:
    """Return the table with every candle that closes after the moment made another."""
    changed = table.copy()
    after = changed[:, 0] + Timeframe(name[1]).ms > to_ms(MOMENT)
    changed[after, 1:5] *= 3.7
    changed[after, 5] += 1_000
    return changed


async def _ask(tables: Tables, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Ask the rule-based panel at the moment, through the parts as the start connects them."""
    numbers = itertools.count(1)
    monkeypatch.setattr(start, "new_id", lambda: f"id{next(numbers)}")
    async with _desk(tables, folder) as services:
        await services.accounts.open(ACCOUNT, 1)
        context = services.context(ACCOUNT)
        found = await services.panel.ask(QUESTION, context, lambda step: None)
        verdict = replace(found, seconds=0.0)
        order = await _priced(services, verdict)
        chart = await context.research.chart(SYMBOL, Timeframe.H1)
        card = verdict_card(verdict, order, MOMENT, chart)
        return Asked(verdict, card, tuple(context.facts.facts.values()), order)


async def _priced(services: Services, verdict: Verdict) -> Proposal | None:
    """Price the verdict's order, cut to the share of the limits that the runs want to use."""
    if verdict.draft is None:
        return None
    whole = await services.preview.price(ACCOUNT, verdict.draft, verdict.id)
    assert isinstance(whole, Proposal)
    part = verdict.draft.model_copy(update={"notional": whole.notional * verdict.size})
    cut = await services.preview.price(ACCOUNT, part, verdict.id)
    assert isinstance(cut, Proposal)
    return cut


@asynccontextmanager
async def _desk(tables: Tables, folder: Path) -> AsyncIterator[Services]:
    def clock() -> datetime:
        return MOMENT

    async with BinanceServer(tables, clock) as exchange:
        hours = tables["BTCUSDT", "1h"]
        last = hours[hours[:, 0] + Timeframe.H1.ms <= to_ms(MOMENT)][-1, 4]
        # The price of the moment itself is the close of the hour that has just ended.
        exchange.set_price("BTCUSDT", float(last), at=MOMENT)
        settings = Settings(
            _env_file=None,
            openai_api_key=None,
            exchange="binance",
            exchange_api_base=exchange.api_base,
            news_feeds=(),
            database_url=f"sqlite:///{folder / 'conclave.db'}",
        )
        file = SqliteFile(settings.database_path)
        await file.check()
        services = await start.assemble(settings, file, Bot("1:unused"), clock)
        try:
            yield services
        finally:
            services.lab.close()
            await services.market.close()
            await file.close()


def _recomputed(hours: FloatArray, verdict: Verdict) -> dict[str, tuple[object, str]]:
    """Compute every figure that may be on the card from the hours that had closed, and no more."""
    cut = hours[hours[:, 0] + Timeframe.H1.ms <= to_ms(MOMENT)]
    candles = Candles.from_rows(SYMBOL, Timeframe.H1, cut)
    days = Candles.from_rows(SYMBOL, Timeframe.D1, rolled_up(cut, Timeframe.D1)).closed_by(MOMENT)
    assert candles.last_close_time == MOMENT
    found: dict[str, tuple[object, str]] = {}
    for reading in readings(candles.tail(300)):
        unit = "USDT" if reading.unit == "price" else reading.unit
        found[reading.label] = (reading.value, unit)
    ahead = forecast(candles.tail(4_000), 4)
    found["Forecast ↑"] = (ahead.probability_up, "fraction")
    found["Forecast edge"] = ("edge" if ahead.edge else "no edge", "")
    for strategy in map(built_in().make, STRATEGIES):
        assert isinstance(strategy, Strategy)
        label = f"{strategy.title} return"
        if label not in {fact.label for fact in verdict.evidence}:
            continue
        rules = Rules(fee_rate=0.001, slippage=0.0005, stop_fraction=0.03, target_fraction=0.05)
        if not strategy.exits:
            rules = replace(rules, stop_fraction=None, target_fraction=None)
        tested = backtest_strategy(candles.tail(8_760), strategy, rules).metrics
        found[label] = (tested.total_return, "fraction")
        found["Buy and hold"] = (tested.buy_and_hold_return, "fraction")
        found["Max drawdown"] = (tested.max_drawdown, "fraction")
    found["Last price"] = (Decimal(str(candles.close[-1])), "USDT")
    risk = daily_risk_of(days.tail(731))
    found["VaR 95 %, 1 day"] = (risk.chosen.tail.var, "fraction")
    return found


def _order_follows_from_the_last_close(hours: FloatArray, asked: Asked) -> None:
    """Compute the order again from the newest closed price and the runs' distances."""
    order, draft = asked.order, asked.verdict.draft
    if order is None or draft is None:
        return
    last = float(hours[hours[:, 0] + Timeframe.H1.ms <= to_ms(MOMENT)][-1, 4])
    up = 1 if draft.side == "buy" else -1
    worse, better = (ROUND_CEILING, ROUND_FLOOR) if up > 0 else (ROUND_FLOOR, ROUND_CEILING)
    touch = Decimal(f"{last * (1 + up * 0.00005):.8f}")
    entry = (touch * (1 + up * SLIPPAGE)).quantize(CENT, worse)
    largest = whole_lots("BTC", Decimal(200) / (entry * Decimal("1.005")))
    quantity = whole_lots("BTC", largest * asked.verdict.size)
    assert draft.stop_fraction is not None
    assert draft.target_fraction is not None
    stop = (entry * (1 - up * draft.stop_fraction)).quantize(CENT, better)
    target = (entry * (1 + up * draft.target_fraction)).quantize(CENT, worse)
    leave = stop * (1 - up * SLIPPAGE)
    loss = up * (entry - leave) * quantity + (entry + leave) * quantity * FEE_RATE
    assert (order.entry, order.quantity) == (entry, quantity)
    assert (order.stop, order.target) == (stop, target)
    assert (order.notional, order.fee) == (quantity * entry, fee_of(quantity, entry))
    assert order.loss_at_stop == loss.quantize(Decimal("1E-8"))
    assert order.loss_fraction == (loss / 10_000).quantize(Decimal("1E-6"))
    used = (order.notional / 100).quantize(CENT).normalize()
    assert order.nearest_limit == f"2 % per order ({used:f} % used)"
    assert order.quoted_at == order.made_at == MOMENT


def _shows_nothing_else(asked: Asked, expected: Mapping[str, tuple[object, str]]) -> None:
    """Take away what was recomputed, names, votes and times: no digit may be left."""
    text = "\n".join(block.text for block in asked.card.blocks)
    figures = [with_unit(value, unit) for value, unit in expected.values()]  # type: ignore[arg-type]
    votes = ["3 runs", *(f"{count} of 3 runs" for count in range(4))]
    votes += [f"{count} {say}" for count in range(4) for say in ("says", "say", "failed")]
    moments = ["19 May 13:00:00 UTC", " 13:00", " 00:00", "0.0 s", "· 1h ·", "on the 1h"]
    order = proposal_lines(asked.order).splitlines() if asked.order else []
    for known in sorted([*figures, *expected, *votes, *moments, *order], key=len, reverse=True):
        text = text.replace(known, " ")
    assert re.findall(r"\d+", text) == [], text


def _drawn(card: Card) -> tuple[object, ...]:
    """Return all that the chart shows, for comparing."""
    chart = card.chart
    assert isinstance(chart, CandleChart)
    candles = chart.candles
    assert candles.last_close_time <= MOMENT
    columns = (candles.time, candles.open, candles.high, candles.low, candles.close)
    lines = {name: line.tobytes() for name, line in chart.lines.items()}
    return (*(column.tobytes() for column in (*columns, candles.volume)), lines, chart.title)
