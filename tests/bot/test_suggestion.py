"""/limits suggest: 0.8 × the drawdown of the real backtest, and what the button sets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from desk.accounts import Decision
from desk.figures import percent as shown
from desk.lab import Lab
from desk.ports import Entry
from desk.research import Research
from desk.snapshot import Snapshot
from tests.bot.safety_chat import SafetyChat, safety_chat
from tests.bot.test_limits_command import fits
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import START
from tests.fakes.paper_desk import ANNE, BTC, paper_desk
from tests.trading.ledger_events import traded
from tools.registry import discover
from trading.backtest import Rules, backtest_strategy
from trading.candles import Candles, Timeframe, to_ms
from trading.errors import BadArgument
from trading.limits import percent
from trading.strategies.catalogue import built_in
from trading.strategies.sma_cross import SmaCross

D = Decimal
HOURS = 1_500
RULES = Rules()
SMALL = replace(RULES, risk_fraction=0.003)


def candles() -> Candles:
    rows = made_candles(Timeframe.H1, HOURS, seed=7)
    first = to_ms(START) - HOURS * Timeframe.H1.ms
    moved = [[first + i * Timeframe.H1.ms, *row[1:]] for i, row in enumerate(rows)]
    return Candles.from_rows(BTC, Timeframe.H1, moved)


@pytest.fixture
async def anne(tmp_path: Path) -> AsyncIterator[SafetyChat]:
    async with paper_desk(tmp_path) as desk:
        desk.market.set_candles(candles())
        lab = Lab(1)

        def context(*_: str) -> SimpleNamespace:
            research = Research(Snapshot(desk.market, desk.clock()), lab, RULES, built_in())
            return SimpleNamespace(research=research)

        yield safety_chat(desk, tools=discover(), context=context)
        lab.close()


def suggested(rules: Rules = RULES) -> Decimal:
    tested = backtest_strategy(candles(), SmaCross(), rules)
    return (D(repr(tested.metrics.max_drawdown)) * D("0.8")).quantize(D("0.001"))


async def test_the_button_sets_each_strategys_limit_to_the_figure_shown(anne: SafetyChat) -> None:
    bound = suggested(SMALL)
    card = await anne.says("/limits suggest BTC/USDT 1h sma_cross risk=0.3%")
    fits(card)
    assert f"Set drawdown {percent(bound)}" in anne.labels
    assert "limit now                     5.00 %" in anne.text
    assert "each strategy that has no limit of its own (analyst, manual)" in anne.text
    assert f"{HOURS} candles" in anne.text
    await anne.taps(anne.labels[0])
    limits = (await anne.desk.state()).limits
    assert limits is not None
    assert limits.strategy_drawdown == bound
    assert limits.drawdowns == {}


async def test_a_strategy_that_trades_gets_a_limit_of_its_own(anne: SafetyChat) -> None:
    events = traded(1, "buy", "0.001", "27000", strategy="sma_cross")
    entries = [Entry(event, f"test:{event.kind}") for event in events]
    await anne.desk.accounts.change(ANNE, lambda _: Decision(None, entries))
    await anne.says("/limits suggest BTC 1h sma_cross risk=0.3%")
    assert "the strategy sma_cross before" in anne.text
    await anne.taps(anne.labels[0])
    limits = (await anne.desk.state()).limits
    assert limits is not None
    assert limits.drawdowns == {"sma_cross": suggested(SMALL)}


async def test_a_limit_beyond_the_accounts_own_has_no_button(anne: SafetyChat) -> None:
    await anne.says("/limits drawdown account 1%")
    await anne.says("/limits suggest BTC 1h")
    told = anne.text.replace("\n", " ")
    assert f"A limit of {shown(suggested())} would never be reached" in told
    assert "the account's own limit of 1.00 % comes first." in told
    assert anne.labels == []


async def test_the_strategys_return_is_shown_and_its_parameters_count(anne: SafetyChat) -> None:
    tested = backtest_strategy(candles(), SmaCross(fast=5, slow=20), replace(RULES, fee_rate=0.0))
    card = await anne.says("/limits suggest BTC sma_cross fast=5 slow=20 fee=none")
    fits(card)
    fall = D(repr(tested.metrics.max_drawdown))
    assert f" {shown(fall)}\n" in anne.text
    assert f" {shown(tested.metrics.total_return, signed=True)}\n" in anne.text
    assert "With fast=5 slow=20." in anne.text


async def test_a_past_without_a_trade_suggests_nothing(anne: SafetyChat) -> None:
    still = Candles.from_rows(
        BTC,
        Timeframe.H1,
        [[int(time), 100.0, 100.0, 100.0, 100.0, 1.0] for time in candles().time],
    )
    anne.desk.market.set_candles(still)
    await anne.says("/limits suggest BTC 1h sma_cross")
    assert "It made no trade in this span" in anne.text
    assert anne.labels == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/limits suggest", r"For which symbol\? Usage: /limits suggest"),
        ("/limits suggest BTC 7x", "'7x' is no timeframe"),
        ("/limits suggest BTC 1h nonsense", "'nonsense' is no strategy"),
        ("/limits suggest ?", r"is no symbol; .* Example: /limits suggest BTC/USDT 1h sma_cross$"),
        ("/limits suggest BTC 1h sma_cross fast=1", "fast must be between 2 and 400, not 1"),
    ],
)
async def test_wrong_words_say_what_to_write(anne: SafetyChat, text: str, says: str) -> None:
    with pytest.raises(BadArgument, match=says):
        await anne.says(text)
    assert not anne.chat.cards
