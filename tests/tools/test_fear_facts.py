"""Fear gauges as facts: each with its unit, time and source; what is missing is in the note."""

from datetime import timedelta
from typing import cast

import pytest

from desk.errors import UnknownSymbol
from desk.facts import FactBook
from desk.fear import Book, Fear, Funding, InterestChange, Missing, OpenInterest
from desk.lab import Lab
from desk.portfolio import Portfolios
from desk.preview import Preview
from desk.research import Research
from desk.snapshot import Snapshot
from tests.fakes.clock import START, FakeClock
from tests.fakes.fake_market import FakeMarket
from tools.context import Context
from tools.fear_facts import fear_facts
from trading.backtest import Rules
from trading.strategies.catalogue import built_in

PERPETUAL, FUTURES = "BTC/USDT:USDT", "binance futures"
HOUR_AGO = START - timedelta(hours=1)


def context(*fears: Fear) -> Context:
    market, lab = FakeMarket(FakeClock(START)), Lab()
    for fear in fears:
        market.set_fear(fear)
    research = Research(Snapshot(market, START), lab, Rules(), built_in())
    return Context("anne", research, cast(Preview, None), cast(Portfolios, None), FactBook())


async def test_every_gauge_is_a_fact_with_its_own_time_and_source() -> None:
    fear = Fear(
        "BTC/USDT",
        Funding(0.0008, 8, None, PERPETUAL, START, FUTURES),
        OpenInterest(1.5e9, "USDT", PERPETUAL, START, FUTURES),
        InterestChange(0.12, True, PERPETUAL, HOUR_AGO, FUTURES),
        Book(-0.4, 0.0001, 0.002, START, "binance"),
    )
    asked = context(fear)
    facts, note = await fear_facts(asked, "BTC/USDT")
    assert [(f.label, f.value, f.unit, f.as_of, f.source) for f in facts] == [
        ("Funding rate, 8 h", 0.0008, "fraction", START, FUTURES),
        ("Open interest", 1.5e9, "USDT", START, FUTURES),
        ("Open interest, 1 day", 0.12, "fraction", HOUR_AGO, FUTURES),
        ("Book imbalance", -0.4, "", START, "binance"),
        ("Spread", 0.0001, "fraction", START, "binance"),
    ]
    assert {(fact.tool, fact.symbol) for fact in facts} == {("news", "BTC/USDT")}
    assert asked.facts.facts == {fact.id: fact for fact in facts}
    assert note.splitlines()[0].startswith("Funding rate: longs pay a lot (0.08 % per 8 h")
    assert "Not known" not in note


async def test_what_is_missing_is_in_the_note_and_no_fact() -> None:
    none = Missing("kraken has no funding rate and no open interest for BTC/USDT")
    book = Book(0.1, 0.0001, 0.01, START, "kraken")
    facts, note = await fear_facts(context(Fear("BTC/USDT", none, none, none, book)), "BTC/USDT")
    assert [fact.label for fact in facts] == ["Book imbalance", "Spread"]
    assert note.splitlines()[-1] == f"Not known: {none.reason}."


async def test_a_symbol_that_nobody_lists_is_the_markets_own_error() -> None:
    with pytest.raises(UnknownSymbol):
        await fear_facts(context(), "NOPE/USDT")
