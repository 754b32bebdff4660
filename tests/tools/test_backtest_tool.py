"""/backtest: what is typed becomes a trial, and its figures say what they prove."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from desk.facts import Value
from tests.fakes.trial_desk import TrialDesk, trial_desk
from tools.registry import discover
from tools.trial_arguments import (
    CandleCount,
    FundingRate,
    HoldCandles,
    StopShare,
    StrategyParameters,
    Symbols,
    YesNo,
)
from trading.backtest import BOUNDS
from trading.errors import BadArgument

TOOL = discover()["backtest"]
STOP: TypeAdapter[float | None] = TypeAdapter(StopShare)
FUNDING: TypeAdapter[float | None] = TypeAdapter(FundingRate)
HOLD: TypeAdapter[int | None] = TypeAdapter(HoldCandles)
CANDLES: TypeAdapter[int | None] = TypeAdapter(CandleCount)
SHORT: TypeAdapter[bool | None] = TypeAdapter(YesNo)
SYMBOLS: TypeAdapter[str] = TypeAdapter(Symbols)
OWN: TypeAdapter[Mapping[str, str] | None] = TypeAdapter(StrategyParameters)
ANYTHING = st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.none(), st.booleans())


@pytest.fixture
async def desk() -> AsyncIterator[TrialDesk]:
    async with trial_desk() as opened:
        yield opened


# Words to arguments


def test_words_with_a_name_fill_that_argument_wherever_they_stand() -> None:
    assert TOOL.parse(["stop=2%", "BTC/USDT", "1h", "Fast=20", "sma_cross", "slow=100"]) == {
        "symbol": "BTC/USDT",
        "timeframe": "1h",
        "strategy": "sma_cross",
        "stop": "2%",
        "parameters": "fast=20 slow=100",
    }
    assert TOOL.parse(["1d", "timeframe=4h", "symbol=BTC"]) == {
        "strategy": "1d",
        "timeframe": "4h",
        "symbol": "BTC",
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("BTC stop=", "'stop=' is not complete: write name=value. Example: /backtest"),
        ("BTC =2%", "'=2%' is not complete"),
        ("BTC stop=1% stop=2%", "'stop' is there twice. Example: /backtest"),
        ("BTC fast=1 FAST=2", "'fast' is there twice"),
        ("BTC 1h sma_cross 20", "4 values are too many, 3 at most. Usage: /backtest <symbol>"),
        ("BTC symbol=ETH 1h sma_cross 20", "too many"),
        ("BTC 1h sma_cross stop 2%", "'stop' needs its value behind a =: write stop=2%."),
        ("BTC 1h sma_cross Short", "write short=yes."),
        ("BTC 1h sma_cross short leverage=2", "write short=yes."),
        ("BTC 1h sma_cross leverage much", "write leverage=3."),
    ],
)
def test_words_that_fit_nowhere_are_refused(words: str, told: str) -> None:
    with pytest.raises(BadArgument) as refused:
        TOOL.parse(words.split())
    assert told in str(refused.value)
    assert ("Usage" in str(refused.value)) == ("too many" in told)


@pytest.mark.parametrize(
    ("words", "timeframe", "strategy"),
    [
        ("btc sma_cross", "1h", "sma_cross"),
        ("btc sma_cross 4h", "4h", "sma_cross"),
        ("btc 4h", "4h", "sma_cross"),
        ("btc 4h SMA cross", "4h", "sma_cross"),
        ("btc RSI Reversion stop=1%", "1h", "rsi_reversion"),
        ("btc buy and hold", "1h", "buy_and_hold"),
        ("btc timeframe=1d macd", "1d", "macd"),
    ],
)
def test_word_goes_to_the_first_argument_that_it_fits(
    words: str, timeframe: str, strategy: str
) -> None:
    checked = TOOL.check(TOOL.parse(words.split()))
    assert (checked["symbol"], checked["timeframe"], checked["strategy"]) == (
        "BTC/USDT",
        timeframe,
        strategy,
    )


def test_first_word_is_the_symbol_whatever_it_is_called() -> None:
    assert TOOL.check(TOOL.parse(["risk", "1d"]))["symbol"] == "RISK/USDT"


def test_tool_without_parameters_names_the_arguments_that_it_knows() -> None:
    with pytest.raises(BadArgument, match="There is no 'fast='; known: symbol, timeframe"):
        discover()["indicators"].parse(["BTC", "fast=20"])
    assert discover()["indicators"].parse(["BTC", "timeframe=4h"])["timeframe"] == "4h"


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_words_are_matched_or_refused(words: list[str]) -> None:
    with contextlib.suppress(BadArgument):
        TOOL.check(TOOL.parse(words))


# Arguments


@pytest.mark.parametrize(
    ("written", "meant"),
    [("2%", 0.02), ("0.02", 0.02), (0.02, 0.02), ("none", 0), ("OFF", 0), ("0", 0), (None, None)],
)
def test_stop_is_read_as_people_and_models_write_it(written: object, meant: float | None) -> None:
    assert STOP.validate_python(written) == (meant if meant is None else pytest.approx(meant))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("2", "is that percent? Then write 2%"),
        ("150%", "must lie between 0.0001% and 99.9%"),
        ("-1%", "must lie between"),
        ("much", "'much' is no number; write it as 2%"),
        ("nan", "no number"),
        (float("inf"), "no number"),
    ],
)
def test_stop_out_of_range_is_refused_with_the_range(written: object, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        STOP.validate_python(written)
    assert told in str(refused.value)


def test_funding_that_may_be_meant_as_percent_is_refused() -> None:
    assert FUNDING.validate_python("0.01%") == FUNDING.validate_python("0.0001") == 0.0001
    assert FUNDING.validate_python("1%") == 0.01
    for written in ("0.01", 0.01, "-0.01"):
        with pytest.raises(ValidationError, match=r"write -?0\.01% or -?1%, whichever is meant"):
            FUNDING.validate_python(written)
    with pytest.raises(ValidationError, match=r"Then write 1%"):
        FUNDING.validate_python("1")


@given(ANYTHING)
def test_rules_whatever_is_written_are_in_range_none_or_refused(value: object) -> None:
    for adapter, field in ((STOP, "stop_fraction"), (FUNDING, "funding_rate")):
        try:
            read = adapter.validate_python(value)
        except ValidationError:
            continue
        assert read is None or read == 0 or BOUNDS[field][0] <= read <= BOUNDS[field][1]


@given(ANYTHING)
def test_counts_whatever_is_written_are_in_range_or_refused(value: object) -> None:
    for adapter, least in ((HOLD, 1), (CANDLES, 50)):
        try:
            read = adapter.validate_python(value)
        except ValidationError:
            continue
        assert read in (None, 0) or least <= read <= 20_000


def test_short_is_yes_or_no() -> None:
    assert [SHORT.validate_python(word) for word in ("yes", "No", True, "off", None)] == [
        True,
        False,
        True,
        False,
        None,
    ]
    with pytest.raises(ValidationError, match="must be yes or no, not maybe"):
        SHORT.validate_python("maybe")


def test_symbols_are_read_one_by_one_and_each_once() -> None:
    assert SYMBOLS.validate_python("btc + ethusdt") == "BTC/USDT+ETH/USDT"
    assert SYMBOLS.validate_python(["BTC/USDT", "sol"]) == "BTC/USDT+SOL/USDT"
    with pytest.raises(ValidationError, match="there twice"):
        SYMBOLS.validate_python("BTC+bitcoin")
    with pytest.raises(ValidationError, match="at most"):
        SYMBOLS.validate_python("+".join(f"A{n}" for n in range(11)))
    with pytest.raises(ValidationError, match="no symbol"):
        SYMBOLS.validate_python("BTC+")


def test_parameters_are_a_text_or_a_mapping() -> None:
    assert OWN.validate_python("fast=20, slow = 100") == {"fast": "20", "slow": "100"}
    assert OWN.validate_python({"fast": 20}) == {"fast": "20"}
    assert OWN.validate_python("") == {}
    with pytest.raises(ValidationError, match="no parameter"):
        OWN.validate_python("fast")


# The trial


async def test_every_option_reaches_the_rules(desk: TrialDesk) -> None:
    study = await desk.study(
        "BTC/USDT 1h sma_cross fast=20 slow=100 stop=2% target=none trail=4% hold=48 leverage=3 "
        "risk=1% short=yes funding=0.01% fee=0.2% slippage=0.1% candles=600"
    )
    rules, trial = study.trial.rules, study.trial
    assert trial.strategy.model_dump() == {"fast": 20, "slow": 100}
    assert (rules.stop_fraction, rules.target_fraction, rules.trail_fraction) == (0.02, None, 0.04)
    assert (rules.hold_candles, rules.leverage, rules.risk_fraction) == (48, 3.0, 0.01)
    assert (rules.allow_short, rules.funding_rate) == (True, 0.0001)
    assert (rules.fee_rate, rules.slippage) == (0.002, 0.001)
    assert len(study.time) == trial.candles == 600


async def test_what_is_not_asked_for_stays_usual(desk: TrialDesk) -> None:
    asked = (await desk.study("BTC/USDT 1h sma_cross")).trial
    assert asked == desk.research.trial("BTC/USDT", asked.timeframe, "sma_cross")
    held = (await desk.study("BTC/USDT 1h buy_and_hold")).trial.rules
    assert held.stop_fraction is held.target_fraction is None
    stopped = (await desk.study("BTC/USDT 1h buy_and_hold stop=10%")).trial.rules
    assert (stopped.stop_fraction, stopped.target_fraction) == (0.1, None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("BTC 1h sma_cross fast=500", "SMA cross: fast must be between 2 and 400, not 500."),
        ("BTC 1h sma_cross fast=1e9", "fast must be a whole number, not 1e9."),
        (
            "BTC 1h sma_cross length=5",
            "SMA cross has no parameter 'length'. SMA cross takes fast (2 to 400, usual 10), slow",
        ),
        ("BTC 1h sma_cross fast=60", "fast (60) must be less than slow (50)"),
        ("BTC 1h nonsense", "'nonsense' is no strategy. Use one of ai_momentum, "),
        ("BTC smacross", "'smacross' is no strategy. Did you mean sma_cross?"),
        ("BTC 1h rsi", "'rsi' is no strategy. Did you mean rsi_reversion?"),
        ("BTC 1h sma_cross risk=1% stop=none", "give stop= or trail= with it"),
        ("BTC 1h sma_cross leverage=500", "must lie between 1 and 125"),
        ("BTC 1h sma_cross candles=10", "must be between 50 and 20000"),
        ("BTC 1h sma_cross rebalance=30", "several symbols"),
        ("BTC+ETH 1d pair_spread short=no", "leave out short=no"),
        ("BTC 1d pair_spread", "ETH/USDT+BTC/USDT"),
        ("BTC+ETH+ADA 1d pair_spread", "exactly two"),
    ],
)
async def test_wishes_that_make_no_sense_are_refused(
    desk: TrialDesk, words: str, told: str
) -> None:
    with pytest.raises(BadArgument) as refused:
        await desk.types(words)
    assert told in str(refused.value)


# The result


async def test_facts_are_those_of_the_backtest_and_keep_their_labels(desk: TrialDesk) -> None:
    result = await desk.types("BTC/USDT 1h sma_cross short=yes")
    study = result.study
    assert study is not None
    found: dict[str, Value] = {fact.label: fact.value for fact in result.facts}
    metrics = study.metrics
    assert found["SMA cross return"] == metrics.total_return
    assert found["Max drawdown"] == metrics.max_drawdown
    assert found["Buy and hold"] == metrics.buy_and_hold_return
    assert found["Sharpe ratio"] == metrics.sharpe
    assert found["Trades"] == metrics.trades == len(study.trades)
    assert found["Win rate"] == metrics.win_rate
    assert found["Fees paid"] == metrics.fees / 10_000
    assert found["Candles tested"] == len(study.time)
    low, high = found["Sharpe ratio, 95 % low"], found["Sharpe ratio, 95 % high"]
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert isinstance(metrics.sharpe, float)
    assert low < metrics.sharpe < high
    assert {fact.as_of for fact in result.facts} == {study.last_close_time}
    assert {fact.source for fact in result.facts} == {"fake"}


async def test_note_says_the_rules_and_what_speaks_against_it(desk: TrialDesk) -> None:
    note = (await desk.types("BTC 1h sma_cross stop=2% target=none candles=200")).note
    assert "filled at the next open" in note
    assert "fee 0.10 % and slippage 0.05 % a side" in note
    assert "Stop 2.00 %." in note
    assert "Long only" in note
    assert "this proves little" in note or "proves nothing" in note
    many = await desk.types("BTC 1h sma_cross fast=2 slow=5")
    assert many.study is not None
    assert many.study.metrics.trades >= 30
    assert "proves" not in many.note


async def test_missing_candles_are_told() -> None:
    async with trial_desk(missing=7) as desk:
        assert "7 candles missing" in (await desk.types("BTC 1h sma_cross")).note


async def test_several_symbols_share_one_cash(desk: TrialDesk) -> None:
    result = await desk.types("BTC+ETH+ADA 1d donchian_breakout weights=inverse rebalance=30")
    study = result.study
    assert study is not None
    assert study.trial.symbols == ("BTC/USDT", "ETH/USDT", "ADA/USDT")
    assert (study.trial.weights, study.trial.rebalance) == ("inverse_volatility", 30)
    assert {one.symbol for one in study.trades} == set(study.trial.symbols)
    assert [one.number for one in study.trades] == list(range(1, study.metrics.trades + 1))
    brought = sum(profit for _, profit in study.profits)
    assert brought == pytest.approx(float(study.equity[-1]) - 10_000)
    assert {fact.symbol for fact in result.facts} == {"BTC/USDT+ETH/USDT+ADA/USDT"}
    assert "rebalanced every 30 candles" in result.note


async def test_pair_may_sell_short_by_itself(desk: TrialDesk) -> None:
    study = await desk.study("BTC+ETH 1d pair_spread")
    assert study.trial.rules.allow_short
    assert {one.trade.side for one in study.trades} == {"long", "short"}


async def test_same_backtest_says_the_same(desk: TrialDesk) -> None:
    first, second = [await desk.types("BTC 1h sma_cross") for _ in range(2)]
    assert first.as_json() == second.as_json()
