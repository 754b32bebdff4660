"""A doubter's examination of strategies: planted mistakes are found, sound ones pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.planted import (
    BehindTheView,
    Careless,
    CentredMean,
    CountsFromTheStart,
    HighOfDay,
    KeepsWhatItSaw,
    KnownHistory,
    LastClose,
    NextCandle,
    PeekingPair,
    Planted,
    SlowEma,
    UnfinishedDay,
    UnpurgedLabels,
    WholeSample,
)
from tests.trading.sample_candles import flat_bars, joined, scaled, walk
from trading.candles import Candles, from_ms
from trading.causality import examine
from trading.contract import copied
from trading.errors import BadArgument
from trading.generated import generated
from trading.strategies.base import PairStrategy, Parameters
from trading.strategies.catalogue import built_in
from trading.strategies.sma_cross import SmaCross

CATALOGUE = built_in()
SLOW = ("ml_forecast", "ai_momentum")
QUICK = [name for name in CATALOGUE.names if name not in SLOW]


def steps(*levels: tuple[int, float]) -> Candles:
    """Make candles that stay at a level for so many candles, then at the next."""
    return flat_bars(np.concatenate([np.full(count, level) for count, level in levels]))


def market(strategy: Parameters, count: int, seed: int = 1) -> tuple[Candles, ...]:
    first = generated(count, seed)
    pair = isinstance(strategy, PairStrategy)
    return (first, generated(count, seed + 1, symbol="OTHER/USDT")) if pair else (first,)


PLANTED: Sequence[tuple[Callable[[], Planted], Candles, int]] = [
    (NextCandle, steps((41, 100.0), (20, 101.0)), 40),
    (CentredMean, steps((50, 100.0), (20, 90.0)), 47),
    (WholeSample, steps((30, 100.0), (60, 110.0)), 0),
    (LastClose, steps((7, 120.0), (40, 100.0), (1, 110.0)), 7),
    (HighOfDay, steps((39, 100.0), (1, 130.0), (40, 100.0)), 24),
    (UnfinishedDay, steps((71, 100.0), (30, 105.0)), 48),
    (UnpurgedLabels, steps((100, 100.0), (30, 105.0)), 97),
]


@pytest.mark.parametrize(("cls", "candles", "index"), PLANTED)
def test_planted_look_ahead_is_named_with_the_first_candle_that_betrays_it(
    cls: Callable[[], Planted], candles: Candles, index: int
) -> None:
    findings = examine(cls(), candles)
    betrayal = findings.betrayal
    assert betrayal is not None
    assert not findings.sound
    assert betrayal.index == index
    assert betrayal.at == from_ms(int(candles.time[index]))
    assert (betrayal.told, betrayal.known) == (1.0, 0.0)
    assert (betrayal.means, betrayal.seen) == ("cut", index + 1)
    assert findings.every
    assert findings.first
    assert findings.prefixes == len(candles) + 1
    assert findings.faults == ()


@settings(max_examples=times(15, 200))
@given(ahead=st.integers(1, 30), jump=st.integers(31, 90), after=st.integers(1, 40))
def test_first_candle_is_as_far_before_the_jump_as_the_strategy_sees(
    ahead: int, jump: int, after: int
) -> None:
    candles = steps((jump, 100.0), (after, 101.0))
    betrayal = examine(NextCandle(ahead=ahead), candles).betrayal
    assert betrayal is not None
    assert betrayal.index == jump - ahead


@settings(max_examples=times(10, 100))
@given(seed=st.integers(0, 1000), calls=st.integers(12, 60))
@pytest.mark.parametrize("cls", [NextCandle, CentredMean, WholeSample, LastClose])
def test_few_prefixes_find_the_look_ahead_too_and_say_how_many_they_were(
    cls: Callable[[], Planted], seed: int, calls: int
) -> None:
    candles = walk(150, seed)
    whole, some = examine(cls(), candles), examine(cls(), candles, calls=calls)
    assert some.betrayal is not None
    assert whole.betrayal is not None
    assert some.betrayal.index >= whole.betrayal.index
    assert some.prefixes <= calls
    assert not some.every
    if some.first:
        assert some.betrayal.index == whole.betrayal.index


def test_few_prefixes_close_in_on_the_first_candle() -> None:
    candles = joined(steps((3_700, 100.0)), walk(300))
    findings = examine(NextCandle(), candles, calls=60)
    assert findings.betrayal is not None
    assert findings.betrayal.index == 3_699
    assert findings.prefixes <= 60
    assert not findings.first, "the prefixes were not all looked at"


def test_what_no_prefix_shows_a_made_up_future_does() -> None:
    candles = walk(200)
    findings = examine(KnownHistory(closes=tuple(candles.close.tolist())), candles)
    assert findings.betrayal is not None
    assert findings.betrayal.means in ("scaled", "shuffled")
    assert findings.betrayal.told != findings.betrayal.known


@pytest.mark.parametrize("calls", [None, 40])
def test_future_that_lies_behind_a_slice_is_no_secret(calls: int | None) -> None:
    bold = examine(BehindTheView(boldly=True), walk(300), calls=calls)
    assert bold.betrayal is not None
    assert bold.betrayal.means == "cut"
    shy = examine(BehindTheView(), walk(300), calls=calls)
    assert shy.betrayal is not None, "it looks only where something is behind"
    assert (shy.betrayal.means, shy.betrayal.told, shy.betrayal.known) == ("view", 0.0, 1.0)
    assert not shy.first


@pytest.mark.parametrize("calls", [None, 40])
def test_what_a_strategy_keeps_of_earlier_looks_does_not_hide_that_it_looks_ahead(
    calls: int | None,
) -> None:
    KeepsWhatItSaw.seen.clear()
    betrayal = examine(KeepsWhatItSaw(), walk(300), calls=calls).betrayal
    assert betrayal is not None
    assert betrayal.means == "cut"


@pytest.mark.parametrize("name", QUICK)
def test_built_in_strategies_pass_on_every_prefix(name: str) -> None:
    strategy = CATALOGUE.make(name)
    findings = examine(strategy, *market(strategy, times(900, 4_000)))
    assert findings.sound, findings
    assert findings.every
    assert findings.tampered == 10
    assert findings.active > 0.0
    assert findings.settling is not None
    assert findings.settling.after is not None, findings.settling


@pytest.mark.parametrize("name", SLOW)
def test_strategies_that_learn_pass_on_some_prefixes(name: str) -> None:
    strategy = CATALOGUE.make(name)
    findings = examine(strategy, *market(strategy, 1_400), calls=times(12, 100))
    assert findings.sound, findings
    assert findings.active > 0.0


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("shape", "Its signal of 60 candles has the shape (59,), not (60,)."),
        ("integers", "Its signal holds int64, not float64."),
        ("nan", "Its signal is nan at candle 4; where there is none it must be 0."),
        ("list", "Its signal is a list; it must be a numpy array."),
        ("range", "Its signal is 1.5 at candle 7"),
        ("warm-up", "Its signal at candle 0 is not 0, though its warm-up lasts 9 candles."),
        ("negative", "Its warm-up is -1; it must be a whole number of candles."),
        ("writes", "It writes into the candles (close)."),
        ("short", "It fails on 0 candles: IndexError: nothing there."),
        ("random", "The same candles gave another signal the second time, first at candle 0."),
    ],
)
def test_broken_contract_is_told_in_words(how: str, says: str) -> None:
    findings = examine(Careless(how=how), walk(60))
    assert not findings.sound
    assert any(fault.startswith(says) for fault in findings.faults), findings.faults


def test_sound_contract_has_no_faults() -> None:
    assert examine(Careless(how=""), walk(60)).faults == ()


def test_candles_that_were_lent_out_come_back_as_they_were() -> None:
    candles = walk(60)
    kept = copied(candles)
    for how in ("writes", ""):
        examine(Careless(how=how), candles)
    assert candles.close.tolist() == kept.close.tolist()


def test_strategy_that_counts_from_the_start_is_told_that_it_does() -> None:
    findings = examine(CountsFromTheStart(), walk(450))
    assert findings.sound
    settling = findings.settling
    assert settling is not None
    assert settling.after is None
    assert settling.share > 0.1


def test_recursive_average_settles_after_its_memory() -> None:
    settling = examine(SlowEma(), walk(1_500)).settling
    assert settling is not None
    assert settling.after is not None
    assert 0 < settling.after < 200
    assert 0.0 < settling.share < 0.05


def test_strategy_without_memory_settles_at_once() -> None:
    settling = examine(SmaCross(), walk(1_000)).settling
    assert settling is not None
    assert (settling.after, settling.share) == (SmaCross().warm_up, 0.0)


def test_pair_that_peeks_is_found_in_the_second_signal() -> None:
    candles = steps((41, 100.0), (20, 101.0))
    betrayal = examine(PeekingPair(), candles, scaled(candles, 3.0)).betrayal
    assert betrayal is not None
    assert (betrayal.index, betrayal.told, betrayal.known) == (40, -0.5, 0.0)


def test_pair_that_holds_too_much_together_is_told() -> None:
    candles = steps((41, 100.0), (20, 101.0))
    findings = examine(PeekingPair(size=0.8), candles, candles)
    assert "0.8 and -0.8 at candle 40" in findings.faults[0]


def test_candles_that_prove_nothing_are_refused() -> None:
    with pytest.raises(BadArgument, match="19 candles prove nothing"):
        examine(SmaCross(), walk(19))
    with pytest.raises(BadArgument, match="needs 2 series"):
        examine(PeekingPair(), walk(60))
    with pytest.raises(BadArgument, match="needs 1 series"):
        examine(SmaCross(), walk(60), walk(60))
    with pytest.raises(BadArgument, match="same times"):
        examine(PeekingPair(), walk(60), walk(61)[1:])


def test_generated_candles_are_the_same_each_time_and_hold_what_trips_people_up() -> None:
    candles = generated(1_000, seed=3)
    assert candles.close.tolist() == generated(1_000, seed=3).close.tolist()
    assert candles.close.tolist() != generated(1_000, seed=4).close.tolist()
    assert candles.missing == 3
    still = candles.volume == 0.0
    assert still.sum() == 20
    assert (candles.high[still] == candles.low[still]).all()
    assert (candles.high >= np.maximum(candles.open, candles.close)).all()
    assert (candles.low <= np.minimum(candles.open, candles.close)).all()
