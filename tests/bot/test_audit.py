"""/audit: the card says what was examined, in lines that a phone can show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bot.cards.card import WIDTH
from bot.own_strategies import Own, Skipped
from desk import examining
from desk.examining import examined
from desk.lab import Lab
from desk.research import Research
from desk.snapshot import Snapshot
from tests.bot.safety_chat import SafetyChat, safety_chat
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import START
from tests.fakes.paper_desk import BTC, ETH, paper_desk
from tests.trading.planted import Careless, CountsFromTheStart, NextCandle, PeekingPair
from tests.trading.sample_candles import walk
from trading.backtest import Rules
from trading.candles import Candles, Timeframe, to_ms
from trading.errors import BadArgument
from trading.strategies.catalogue import built_in

HOURS = 600
SKIPPED = Skipped("broken.py", "Line 3 is no Python: invalid syntax.")


class Shapeless(Careless):
    """Gives one figure too few."""

    name = "shapeless"
    how: str = "shape"


CATALOGUE = built_in().with_own([NextCandle, CountsFromTheStart, PeekingPair, Shapeless])
OWN = Own(("next_candle", "counts_from_the_start", "peeking_pair", "shapeless"), (SKIPPED,))


def candles(symbol: str, seed: int) -> Candles:
    rows = made_candles(Timeframe.H1, HOURS, seed=seed)
    first = to_ms(START) - HOURS * Timeframe.H1.ms
    moved = [[first + i * Timeframe.H1.ms, *row[1:]] for i, row in enumerate(rows)]
    return Candles.from_rows(symbol, Timeframe.H1, moved)


@pytest.fixture
async def anne(tmp_path: Path) -> AsyncIterator[SafetyChat]:
    async with paper_desk(tmp_path) as desk:
        desk.market.set_candles(candles(BTC, 7))
        desk.market.set_candles(candles(ETH, 8))
        lab = Lab(1)

        def context(*_: str) -> SimpleNamespace:
            research = Research(Snapshot(desk.market, desk.clock()), lab, Rules(), CATALOGUE)
            return SimpleNamespace(research=research)

        pin = SimpleNamespace(catalogue=CATALOGUE)
        yield safety_chat(desk, context=context, lab=lab, pin=pin, own=OWN)
        lab.close()


async def test_sound_strategy_passes_and_the_card_says_on_what(anne: SafetyChat) -> None:
    await anne.says("/audit sma_cross")
    assert anne.text.splitlines()[:2] == [
        "Audit · SMA cross · BTC/USDT · 1h",
        "No look-ahead found (built in).",
    ]
    assert "PASS · Keeps its contract" in anne.text
    assert (
        "PASS · Sees only the past: all 601 prefixes and 10 made-up futures gave the same signals."
    ) in anne.text
    assert "PASS · Warm-up: with a later start the signals are the same right after 49" in anne.text
    assert f"600 candles to {START:%d %b %H:%M} UTC" in anne.text
    assert "FAIL" not in anne.text


async def test_look_ahead_is_named_with_the_first_candle(anne: SafetyChat) -> None:
    rises = np.flatnonzero(np.diff(candles(BTC, 7).close) > 0)
    first = candles(BTC, 7).time[rises[0]]
    assert first < candles(BTC, 7).time[20]
    await anne.says("/audit next_candle BTC/USDT 1h")
    assert "Don't trust its backtests (own strategy)." in anne.text
    assert "FAIL · Sees only the past: it looks ahead, the first is the candle of" in anne.text
    assert f"(number {rises[0]}): with the candles after it there its signal is 1, without" in (
        anne.text
    )
    assert "PASS · Keeps its contract" in anne.text


async def test_strategy_that_depends_on_the_first_candle_is_told_so(anne: SafetyChat) -> None:
    await anne.says("/audit counts_from_the_start")
    assert "No look-ahead found (own strategy)." in anne.text
    assert "NOTE · Depends on where the data begins" in anne.text


async def test_strategy_that_gives_nothing_to_compare_says_no_more(anne: SafetyChat) -> None:
    await anne.says("/audit shapeless")
    assert "FAIL · Keeps its contract: Its signal of 600 candles has the shape (599,)" in anne.text
    assert "Nothing more was looked at" in anne.text
    assert "PASS" not in anne.text


async def test_pairs_take_two_symbols_and_have_usual_ones(anne: SafetyChat) -> None:
    await anne.says("/audit pair_spread")
    assert "· ETH/USDT + BTC/USDT · 1h" in anne.text
    assert "PASS · Sees only the past" in anne.text
    await anne.says("/audit peeking_pair btc+eth")
    assert "· BTC/USDT + ETH/USDT · 1h" in anne.text
    assert "FAIL · Sees only the past" in anne.text


async def test_caution_of_a_strategy_is_on_its_card(anne: SafetyChat) -> None:
    await anne.says("/audit ai_momentum")
    assert "momentum stands in for the analyst's verdict" in anne.text


async def test_without_arguments_all_strategies_and_skipped_files_are_listed(
    anne: SafetyChat,
) -> None:
    card = await anne.says("/audit")
    listed = next(block.text for block in card.blocks if block.kind == "table").splitlines()
    assert {line.split()[0] for line in listed} == set(CATALOGUE.names)
    assert all(len(line) <= WIDTH for line in listed)
    origin = {line.split()[0]: line.split(maxsplit=1)[1].strip() for line in listed}
    assert origin["sma_cross"] == "built in"
    assert origin["next_candle"] == "own"
    assert "broken.py is skipped. Line 3 is no Python: invalid syntax." in anne.text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("moonshot", "'moonshot' is no strategy. Use one of "),
        ("sma_cross BTC 7x", "What is '7x'?"),
        ("sma_cross ???", "is no symbol"),
        ("sma_cross BTC+ETH", "SMA cross needs one symbol"),
        ("pair_spread BTC", "needs two symbols, such as ETH/USDT"),
        ("sma_cross BTC ETH", "What is 'ETH'? Usage: /audit"),
    ],
)
async def test_wrong_words_say_what_to_write(anne: SafetyChat, words: str, says: str) -> None:
    with pytest.raises(BadArgument) as refused:
        await anne.says(f"/audit {words}")
    assert says in str(refused.value)


async def test_own_strategies_may_have_a_drawdown_limit(anne: SafetyChat) -> None:
    await anne.says("/limits drawdown next_candle 3%")
    limits = (await anne.desk.state()).limits
    assert limits is not None
    assert "next_candle" in limits.drawdowns
    with pytest.raises(
        BadArgument, match=r"is no strategy\. Use one of analyst, manual,.*shapeless"
    ):
        await anne.says("/limits drawdown moonshot 3%")


def test_slow_strategies_are_looked_at_on_fewer_candles(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 0.4])  # seconds: one look at all of them
    monkeypatch.setattr(examining, "time", SimpleNamespace(perf_counter=lambda: next(moments)))
    findings = examined(NextCandle(), [walk(5_000)], seconds=4.0)
    assert findings.candles == 2_000
    assert findings.prefixes <= 50
    assert not findings.every
    assert findings.betrayal is not None
