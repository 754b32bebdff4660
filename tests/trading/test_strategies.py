"""What every strategy must keep, whichever files there are."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

import annotated_types
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from tests.depth import times
from tests.trading.markets import (
    KINDS,
    Kind,
    at_level,
    continued,
    market,
    still,
    told,
    until,
)
from tests.trading.sample_candles import joined
from trading.errors import BadArgument
from trading.strategies.base import PairStrategy, Parameters, Search, Strategy
from trading.strategies.catalogue import build, built_in
from trading.strategies.sma_cross import SmaCross

BUILT_IN = built_in()
ALL = [BUILT_IN.find(name) for name in BUILT_IN.names]
every_strategy = pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.name)
every_kind = pytest.mark.parametrize("kind", KINDS)
LONG_WARM_UP = 300  # those that learn need many candles and much time


def slow(cls: type[Parameters]) -> bool:
    return cls().warm_up > LONG_WARM_UP


def enough(cls: type[Parameters]) -> int:
    """Return a number of candles that lets a strategy trade."""
    return cls().warm_up + 400 if slow(cls) else 400


def examined(cls: type[Parameters], check: Callable[..., None], **drawn: Any) -> None:
    """Try a property on many examples, on a few when each takes long."""
    examples = times(2, 10) if slow(cls) else times(25, 300)
    settings(max_examples=examples, deadline=None)(given(**drawn)(check))()


def any_of(cls: type[Parameters]) -> st.SearchStrategy[Parameters]:
    """Draw parameters from all that is allowed, kept short where they count candles."""
    if slow(cls):
        return st.just(cls())
    values = {name: _any_value(field) for name, field in cls.model_fields.items()}
    return st.fixed_dictionaries(values).map(lambda found: _built(cls, found)).filter(bool)


def _built(cls: type[Parameters], values: dict[str, object]) -> Any:
    try:
        return build(cls, values)
    except BadArgument:
        return None  # they don't go together


def _any_value(field: FieldInfo) -> st.SearchStrategy[Any]:
    if field.annotation is bool:
        return st.booleans()
    least, most = bounds(field)
    if field.annotation is int:
        return st.integers(int(least), min(int(most), max(int(least), 40)))
    return st.floats(least, most)


def bounds(field: FieldInfo) -> tuple[float, float]:
    """Return what is allowed; each number must have both ends."""
    least = [mark.ge for mark in field.metadata if isinstance(mark, annotated_types.Ge)]
    most = [mark.le for mark in field.metadata if isinstance(mark, annotated_types.Le)]
    return float(least[0]), float(most[0])  # type: ignore[arg-type]  # any comparable, here numbers


@every_strategy
def test_it_says_what_it_is(cls: type[Parameters]) -> None:
    assert cls.name.isidentifier()
    assert cls.__module__.endswith(f".{cls.name}")
    assert cls.title
    assert 10 < len(cls.summary) <= 100
    assert cls.title in str(cls())
    assert issubclass(cls, Strategy | PairStrategy)


@every_strategy
def test_numbers_have_a_range_and_what_is_searched_lies_in_it(cls: type[Parameters]) -> None:
    for name, field in cls.model_fields.items():
        if field.annotation is bool:
            continue
        least, most = bounds(field)
        assert least <= field.default <= most
        if mark := cls.searched().get(name):
            assert least <= mark.least < mark.most <= most
            assert mark.least <= field.default <= mark.most
            assert not mark.log or mark.least > 0
    assert cls.searched() or not cls.model_fields


@every_strategy
@every_kind
def test_signal_is_an_exposure_and_zero_in_the_warm_up(cls: type[Parameters], kind: Kind) -> None:
    for seed in range(1 if slow(cls) else 4):
        strategy, count = cls(), enough(cls)
        rows = np.array(told(strategy, market(cls, count, seed, kind)))
        assert rows.shape[1] == count
        assert np.all(np.abs(rows).sum(axis=0) <= 1.0)
        assert not rows[:, : strategy.warm_up].any()


@every_strategy
def test_it_trades_at_all(cls: type[Parameters]) -> None:
    assert np.any(told(cls(), market(cls, enough(cls))))


@every_strategy
def test_signal_of_too_few_candles_is_zero(cls: type[Parameters]) -> None:
    strategy, series = cls(), market(cls, enough(cls))
    for count in {0, 1, 2, 3, 10, max(0, strategy.warm_up - 1), strategy.warm_up}:
        rows = np.array(told(strategy, until(series, count)))
        assert not rows[:, : strategy.warm_up].any()


@every_strategy
def test_same_candles_give_the_same_signal(cls: type[Parameters]) -> None:
    series = market(cls, enough(cls))
    before = [one.close.tolist() for one in series]
    assert told(cls(), series) == told(cls(), series)
    assert [one.close.tolist() for one in series] == before


@every_strategy
def test_what_sets_of_parameters_share_does_not_mix_them_up(cls: type[Parameters]) -> None:
    """All sets on the same candles, as a search does, against each on fresh ones."""
    series = market(cls, enough(cls))

    def alike(strategy: Parameters) -> None:
        if isinstance(strategy, PairStrategy):
            rows = [row.tolist() for row in strategy.signals(*series)]
        else:
            assert isinstance(strategy, Strategy)
            rows = [strategy.signal(series[0]).tolist()]
        assert rows == told(strategy, series)

    examined(cls, alike, strategy=any_of(cls))


@every_strategy
def test_signal_of_every_prefix_is_the_prefix_of_the_signal(cls: type[Parameters]) -> None:
    count = enough(cls)

    def same(strategy: Parameters, kind: Kind, seed: int, cut: int) -> None:
        series = market(cls, count, seed, kind)
        whole = told(strategy, series)
        assert told(strategy, until(series, cut)) == [row[:cut] for row in whole]

    cuts = st.integers(cls().warm_up, count - 1) if slow(cls) else st.integers(0, count - 1)
    kinds, seeds = st.sampled_from(KINDS), st.integers(0, 50)
    examined(cls, same, strategy=any_of(cls), kind=kinds, seed=seeds, cut=cuts)


@every_strategy
def test_signal_of_each_single_prefix_is_the_prefix_of_the_signal(cls: type[Parameters]) -> None:
    if slow(cls):
        return  # some of its prefixes are examined above
    strategy, series = cls(), market(cls, 250, seed=3, kind="holes")
    whole = told(strategy, series)
    for cut in range(250):
        assert [row[-1] for row in told(strategy, until(series, cut + 1))] == [
            row[cut] for row in whole
        ]


@every_strategy
def test_tampered_future_leaves_the_past_unchanged(cls: type[Parameters]) -> None:
    count = enough(cls)

    def same(strategy: Parameters, kind: Kind, cut: int, seed: int, factor: float) -> None:
        series = market(cls, count, kind=kind)
        tampered = continued(series, cut, market(cls, count - cut, seed), factor)
        past = [row[:cut] for row in told(strategy, series)]
        assert [row[:cut] for row in told(strategy, tampered)] == past

    cuts = st.integers(max(100, cls().warm_up if slow(cls) else 100), count - 1)
    kinds, seeds = st.sampled_from(["walk", "ties", "spells", "no volume"]), st.integers(0, 50)
    factors = st.floats(0.01, 100.0)
    examined(cls, same, strategy=any_of(cls), kind=kinds, cut=cuts, seed=seeds, factor=factors)


@every_strategy
def test_price_level_does_not_matter(cls: type[Parameters]) -> None:
    """Powers of two change no digit of a float, other factors only its rounding.

    The features of those that learn are logarithms, and where a market stands still half of the
    time rounding is all that a tree finds to split: they are tried on moving markets.
    """
    count = enough(cls)

    def same(strategy: Parameters, kind: Kind, seed: int, powers: tuple[int, int]) -> None:
        series = market(cls, count, seed, kind)
        moved = at_level(series, *(2.0**power for power in powers))
        assert told(strategy, moved) == told(strategy, series)

    examined(
        cls,
        same,
        strategy=any_of(cls),
        kind=st.sampled_from(["walk"] if slow(cls) else ["walk", "spells", "holes"]),
        seed=st.integers(0, 20),
        powers=st.tuples(st.integers(-30, 30), st.integers(-30, 30)),
    )
    series = market(cls, count)
    for factors in ((1e-6, 7.3), (0.37, 1e5), (12_345.678, 0.001)):
        assert told(cls(), at_level(series, *factors)) == told(cls(), series)


@every_strategy
@pytest.mark.parametrize("price", [5.0, 0.1, 1 / 3, 1.1e-8, 123_456.789])
def test_market_that_stands_still_gives_no_reason_to_trade(
    cls: type[Parameters], price: float
) -> None:
    if not cls.exits:
        return  # asks for no reason
    one = still(enough(cls), price)
    assert not np.any(told(cls(), (one, one) if issubclass(cls, PairStrategy) else (one,)))


@every_strategy
def test_no_signal_flickers_after_the_market_has_come_to_rest(cls: type[Parameters]) -> None:
    count = enough(cls)
    for seed in range(1 if slow(cls) else 10):
        series = tuple(joined(one, still(900, 1.0)) for one in market(cls, count, seed))
        rows = np.array(told(cls(), series))[:, count + 300 :]
        assert np.count_nonzero(np.diff(rows, axis=1)) <= 2 * len(rows)


@every_strategy
def test_parameters_are_frozen(cls: type[Parameters]) -> None:
    strategy = cls()
    for field in cls.model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(strategy, field, 7)


def test_all_files_of_the_package_are_found() -> None:
    assert {
        "bollinger_reversion",
        "buy_and_hold",
        "donchian_breakout",
        "ema_cross",
        "macd",
        "momentum",
        "rsi_reversion",
        "sma_cross",
        "two_timeframes",
        "volatility_target",
    } <= set(BUILT_IN.singles)
    assert "pair_spread" in BUILT_IN.pairs
    assert set(BUILT_IN.names) == {*BUILT_IN.singles, *BUILT_IN.pairs}


def test_two_strategies_of_one_name_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Twin(SmaCross):
        """Another class of the same name."""

    module = types.ModuleType("trading.strategies.buy_and_hold")
    Twin.__module__ = module.__name__
    module.Twin = Twin  # type: ignore[attr-defined]  # a module made for this test
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with pytest.raises(TypeError, match="two strategies are named 'sma_cross'"):
        built_in()


def test_own_strategies_stand_beside_those_of_the_package() -> None:
    class Mine(SmaCross):
        """Somebody's own."""

        name = "mine"

    both = BUILT_IN.with_own([Mine])
    assert both.find("mine") is Mine
    assert set(both.names) == {*BUILT_IN.names, "mine"}
    with pytest.raises(TypeError, match="two strategies are named 'sma_cross'"):
        BUILT_IN.with_own([SmaCross])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("smacross", "sma_cross"),
        ("rsi", "rsi_reversion"),
        ("RSI-reversal", "rsi_reversion"),
        ("cross", "sma_cross or ema_cross"),
        ("momentun", "momentum or ai_momentum"),
    ],
)
def test_unknown_strategy_that_is_near_to_some_names_only_these(written: str, meant: str) -> None:
    with pytest.raises(BadArgument, match=rf"'{written}' is no strategy\. Did you mean {meant}\?$"):
        BUILT_IN.make(written)


def test_strategy_is_found_however_its_name_is_spaced() -> None:
    assert BUILT_IN.find("SMA cross") is BUILT_IN.find(" sma-cross ") is SmaCross


def test_unknown_strategy_names_the_known_ones() -> None:
    with pytest.raises(BadArgument, match=r"'moon' is no strategy.*pair_spread.*sma_cross"):
        BUILT_IN.make("moon")


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("sma_cross", {"fast": 50, "slow": 10}, r"fast \(50\) must be less than slow \(10\)"),
        ("sma_cross", {"fast": 0}, "fast must be between 2 and 400, not 0"),
        ("sma_cross", {"speed": 3}, "SMA cross has no parameter 'speed'"),
        ("sma_cross", {"slow": "many"}, "slow must be a whole number, not many"),
        ("ema_cross", {"fast": 50, "slow": 50}, r"fast \(50\) must be less than slow \(50\)"),
        ("macd", {"fast": 30}, r"fast \(30\) must be less than slow \(26\)"),
        ("two_timeframes", {"slow": 10}, r"fast \(10\) must be less than slow \(10\)"),
        ("two_timeframes", {"factor": 1}, "factor must be between 2 and .*, not 1"),
        ("donchian_breakout", {"exit": 30}, r"exit \(30\) must not exceed entry \(20\)"),
        ("pair_spread", {"exit": 2}, r"exit \(2\) must be less than entry \(2\)"),
        ("bollinger_reversion", {"width": float("nan")}, "width must be between .*, not nan"),
        ("volatility_target", {"target": 0}, "target must be between 0.02 and .*, not 0"),
    ],
)
def test_wrong_parameters_are_refused_in_words(
    name: str, parameters: dict[str, object], message: str
) -> None:
    with pytest.raises(BadArgument, match=message):
        BUILT_IN.make(name, parameters)


def test_search_marks_are_found_beside_the_ranges() -> None:
    assert BUILT_IN.find("momentum").searched() == {
        "lookback": Search(12, 500, log=True),
        "skip": Search(0, 24),
    }
