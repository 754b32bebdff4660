"""/audit: the card says what was examined, in lines that a phone can show."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bot.cards.audit import audit_card
from bot.cards.card import WIDTH
from bot.own_strategies import Own, Skipped
from desk import auditing, examining
from desk.auditing import Examination
from desk.examining import Spread, examined, examined_spread
from desk.lab import Lab
from desk.research import Research
from desk.snapshot import Snapshot
from tests.bot.safety_chat import SafetyChat, safety_chat, text_of
from tests.depth import times
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import START
from tests.fakes.paper_desk import BTC, ETH, paper_desk
from tests.trading.planted import (
    Careless,
    CountsFromTheStart,
    ForgetsItsKey,
    KeepsWhatItSaw,
    Length,
    NextCandle,
    PeekingPair,
    PeeksAtForty,
    PeeksFarOut,
    PeeksWhenLong,
    PeeksWithin,
)
from tests.trading.sample_candles import walk
from trading.backtest import Rules
from trading.candles import Candles, Timeframe, to_ms
from trading.causality import examine
from trading.errors import BadArgument
from trading.generated import generated
from trading.strategies.base import PairStrategy
from trading.strategies.catalogue import built_in

HOURS = 600
SKIPPED = Skipped("broken.py", "Line 3 is no Python: invalid syntax.", ("fallen",))


class Shapeless(Careless):
    """Gives one figure too few."""

    name = "shapeless"
    how: str = "shape"


MINE = (NextCandle, CountsFromTheStart, PeekingPair, PeeksAtForty, PeeksWhenLong, Shapeless)
CATALOGUE = built_in().with_own(MINE)
OWN = Own(tuple(cls.name for cls in MINE), (SKIPPED,))


def candles(symbol: str, seed: int, count: int = HOURS) -> Candles:
    rows = made_candles(Timeframe.H1, count, seed=seed)
    first = to_ms(START) - count * Timeframe.H1.ms
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
    assert f"600 candles, all there are, to {START:%d %b %H:%M} UTC" in anne.text
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


async def test_caution_of_a_strategy_is_on_its_card(
    anne: SafetyChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "SECONDS", 0.5)
    monkeypatch.setattr(auditing, "SPREAD_SECONDS", 0.5)
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
        ("sma_cross fast=", "'fast=' is no parameter"),
        ("sma_cross fast=5 fast=6", "'fast' is there twice"),
        ("sma_cross speed=5", "SMA cross takes fast (2 to 400, usual 10)"),
        ("sma_cross fast=999", "fast"),
        ("sma_cross fast=90 slow=20", "fast (90) must be less than slow (20)"),
        ("sma_cross candles=30000", "candles=30000 must be a whole number from 50 to 20000"),
        ("sma_cross candles=many", "candles=many must be a whole number"),
        ("fast=5", "Which strategy? Usage: /audit"),
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


async def test_chosen_parameters_are_examined_alone(anne: SafetyChat) -> None:
    await anne.says("/audit peeks_at_forty length=39 BTC/USDT 1h")
    assert "No look-ahead found (own strategy)." in anne.text
    assert "Examined with length=39." in anne.text
    assert "Other parameters" not in anne.text
    await anne.says("/audit peeks_at_forty 1h length = 40 BTC/USDT")
    assert "Don't trust its backtests (own strategy)." in anne.text
    assert "Examined with length=40." in anne.text
    assert "FAIL · Sees only the past" in anne.text


async def test_without_parameters_others_are_examined_too(anne: SafetyChat) -> None:
    await anne.says("/audit peeks_at_forty")
    assert "Don't trust its backtests (own strategy)." in anne.text
    assert "PASS · Sees only the past: all 601 prefixes" in anne.text
    assert "FAIL · Other parameters: with length=40 it looks ahead, at the candle of" in anne.text
    assert re.search(r"\d+ more sets examined, until that one\.", anne.text)
    await anne.says("/audit sma_cross")
    assert "PASS · Other parameters: " in anne.text
    await anne.says("/audit buy_and_hold")
    assert "Other parameters" not in anne.text, "it has none"


async def test_audit_takes_as_many_candles_as_are_asked_for(anne: SafetyChat) -> None:
    await anne.says("/audit sma_cross candles=120")
    assert "\n120 candles to " in anne.text
    anne.desk.market.set_candles(candles(BTC, 7, 10_000))
    await anne.says("/audit peeks_when_long length=30")
    assert "No look-ahead found" in anne.text
    await anne.says("/audit peeks_when_long length=30 candles=20000")
    assert "Don't trust its backtests" in anne.text


@pytest.mark.parametrize(
    "asked", ["broken", "broken.py", "Broken.PY", "fallen", "fallen BTC/USDT 4h"]
)
async def test_skipped_file_says_why_when_it_is_asked_for(anne: SafetyChat, asked: str) -> None:
    with pytest.raises(BadArgument, match=r"^broken\.py is skipped\. Line 3 is no Python"):
        await anne.says(f"/audit {asked}")


async def test_file_that_was_loaded_may_be_asked_for_as_a_file(anne: SafetyChat) -> None:
    await anne.says("/audit counts_from_the_start.py")
    assert "No look-ahead found" in anne.text


async def test_sample_is_called_a_sample(anne: SafetyChat) -> None:
    findings = examine(CountsFromTheStart(), walk(300), calls=30)
    found = Examination((BTC,), walk(900), "demo", findings, Spread(planned=9, examined=2))
    text = text_of(audit_card(found, own=False, demo=True))
    assert "No look-ahead found, sampled (built in)." in text
    assert f"{findings.prefixes} of 301 prefixes" in text
    assert "The other prefixes were not tried." in text
    assert "The newest 300 of 900 candles, because all would take too long; to " in text
    assert "NOTE · Other parameters: 2 of 9 more sets, from the ends of their ranges" in text
    assert "The rest would take too long" in text
    assert "live trading, can trade otherwise on the same days" in text


def timed(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let each piece of work seem to take so long."""
    moments = (seconds * turn for turn in itertools.count())
    monkeypatch.setattr(examining, "time", SimpleNamespace(perf_counter=lambda: next(moments)))


def test_slow_strategies_are_looked_at_on_some_prefixes_of_all_candles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timed(monkeypatch, 0.02)  # a look at half of them
    findings = examined(NextCandle(), [walk(1_000)], seconds=4.0)
    assert findings.candles == 1_000
    assert findings.prefixes <= 160
    assert not findings.every
    assert findings.betrayal is not None


def test_very_slow_strategies_are_looked_at_on_fewer_candles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timed(monkeypatch, 0.2)
    findings = examined(NextCandle(), [walk(5_000)], seconds=4.0)
    assert findings.candles == 1_562
    assert findings.prefixes == 24
    assert findings.betrayal is not None


def test_strategy_is_shown_no_more_than_half_before_it_is_examined() -> None:
    KeepsWhatItSaw.seen.clear()
    assert examined(KeepsWhatItSaw(), [walk(400)], seconds=6.0).betrayal is not None


def markets(count: int, turn: int) -> tuple[Candles, ...]:
    return (walk(count, seed=turn),)


@pytest.mark.parametrize(
    ("cls", "length"), [(PeeksWithin, 100), (PeeksAtForty, 40), (PeeksFarOut, 200)]
)
def test_set_that_looks_ahead_is_found_among_the_others(cls: type[Length], length: int) -> None:
    spread = examined_spread(cls(), markets, seconds=60.0)
    assert spread.worst is not None
    assert spread.worst.betrayal is not None
    assert dict(spread.worst.strategy) == {"length": length}


def test_sets_that_get_each_others_arrays_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    spread = examined_spread(ForgetsItsKey(), markets, seconds=60.0)
    assert spread.worst is not None
    assert spread.worst.betrayal is None
    assert "a key of candles.once leaves a parameter out" in spread.worst.faults[0]


def test_examination_of_other_sets_ends_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    timed(monkeypatch, 1.0)
    spread = examined_spread(Length(), markets, seconds=6.0)
    assert 1 <= spread.examined < 6 < spread.planned
    assert spread.worst is None


def test_sets_whose_warm_up_needs_more_candles_are_not_counted() -> None:
    spread = examined_spread(Length(), lambda _, turn: (walk(60, seed=turn),), seconds=60.0)
    assert 20 < spread.examined < spread.planned / 2
    assert spread.worst is None


@pytest.mark.parametrize("name", [name for name in built_in().names if "ml_" not in name])
def test_built_in_strategies_pass_with_other_parameters(name: str) -> None:
    strategy = built_in().make(name)

    def made(count: int, turn: int) -> tuple[Candles, ...]:
        first, second = (generated(count, 2 * turn + more) for more in (1, 2))
        return (first, second) if isinstance(strategy, PairStrategy) else (first,)

    spread = examined_spread(strategy, made, seconds=float(times(1, 30)))
    assert spread.worst is None, spread.worst
    assert spread.examined > 0 or not type(strategy).model_fields
