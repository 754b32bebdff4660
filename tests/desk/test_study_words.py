"""What a backtest's card says about how its trades ended, and about what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from bot.charts.figures import price_text
from desk.metric_words import missing_in_words
from desk.rule_words import rules_in_words
from desk.study import Study
from desk.study_words import cautions
from tests.fakes.trial_desk import TrialDesk, trial_desk
from trading.backtest import BacktestResult
from trading.candles import to_ms

CROSS = "BTC/USDT 1h sma_cross fast=5 slow=20"


@pytest.fixture
async def desk() -> AsyncIterator[TrialDesk]:
    async with trial_desk() as opened:
        yield opened


def said(study: Study) -> str:
    return " ".join(cautions(study))


def with_equity(study: Study, last: float, *, held: bool = False) -> Study:
    """The same study with the equity fallen to `last` from its 100th candle on."""
    result = study.result
    assert isinstance(result, BacktestResult)
    equity = np.full(len(study.time), study.trial.rules.initial_cash)
    equity[99:] = last
    position = result.open_position if held else None
    return replace(study, result=replace(result, equity=equity, open_position=position))


async def test_title_and_currency_leave_the_exchange_out(desk: TrialDesk) -> None:
    study = await desk.study(CROSS)
    symbols = ("kraken:BTC/USD", "ETH/USDT", "kraken:ADA/USD")
    study = replace(study, trial=replace(study.trial, symbols=symbols))
    assert study.market == "BTC+ETH+ADA"
    assert study.quote == "USD"


async def test_liquidated_trades_are_counted(desk: TrialDesk) -> None:
    study = await desk.study(f"{CROSS} leverage=50 short=yes stop=none target=none")
    count = sum(one.trade.reason == "liquidation" for one in study.trades)
    assert count
    assert f"{count} of {len(study.trades)} trades ended by liquidation." in said(study)
    assert "liquidation" not in said(await desk.study(CROSS))


async def test_account_that_is_used_up_says_since_when(desk: TrialDesk) -> None:
    study = await desk.study(f"{CROSS} leverage=100 short=yes stop=none target=none")
    assert float(study.equity[-1]) <= 10.0, "the test needs a ruined account"
    at = study.used_up
    assert at is not None
    assert f"The account was used up on {at:%d %b %Y}: nothing was traded after that." in said(
        study
    )
    assert study.trades[-1].trade.left_at <= at
    (place,) = np.flatnonzero(study.time + study.trial.timeframe.ms == to_ms(at))
    assert float(study.equity[place]) <= 10.0 < float(study.equity[place - 1])


@pytest.mark.parametrize(("last", "gone"), [(10.0, True), (10.01, False), (0.0, True)])
async def test_used_up_is_a_thousandth_of_the_money_at_start(
    desk: TrialDesk, last: float, gone: bool
) -> None:
    study = with_equity(await desk.study(CROSS), last)
    assert (study.used_up is not None) == gone == ("was used up" in said(study))


async def test_position_that_is_still_held_is_not_the_end(desk: TrialDesk) -> None:
    study = await desk.study("BTC/USDT 1h buy_and_hold")
    assert study.open_positions
    assert with_equity(study, 1.0, held=True).used_up is None


@pytest.mark.parametrize("last", [1e-29, 0.0, 3e-3])
async def test_next_to_nothing_is_nothing_on_the_chart(desk: TrialDesk, last: float) -> None:
    chart = with_equity(await desk.study(CROSS), last).chart
    assert price_text(float(chart.equity[-1])) == "0.00"
    assert float(chart.equity[0]) == 100.0


async def test_usual_stop_and_target_that_end_most_trades_are_told(desk: TrialDesk) -> None:
    study = await desk.study("BTC/USDT 1d sma_cross")
    ended = [one.trade.reason in ("stop", "target") for one in study.trades]
    share = sum(ended) / len(ended)
    assert share > 0.5, "the test needs such a strategy"
    told = f"Stop and target ended {share * 100:.0f} % of the trades; stop=none target=none tests"
    assert told in said(study)
    asked = await desk.study("BTC/USDT 1d sma_cross stop=2%")
    assert "tests the signal alone" not in said(asked)
    assert "tests the signal alone" not in said(
        await desk.study("BTC/USDT 1d sma_cross stop=none target=none")
    )
    assert "tests the signal alone" not in said(await desk.study("BTC/USDT 1d buy_and_hold"))


async def test_short_test_has_no_sharpe_and_says_why(desk: TrialDesk) -> None:
    study = await desk.study("BTC/USDT 1h sma_cross fast=2 slow=5 candles=700")
    metrics = study.metrics
    assert metrics.sharpe is metrics.volatility is metrics.sortino is None
    assert study.intervals.sharpe is None
    assert "Less than 30 days are too short for a Sharpe ratio" in said(study)
    assert any(
        "Sharpe ratio" in line and "shorter than 30 days" in line
        for line in missing_in_words(metrics)
    )
    long = await desk.study("BTC/USDT 1h sma_cross fast=2 slow=5 candles=720")
    assert long.metrics.sharpe is not None
    assert long.intervals.sharpe is not None
    assert "30 days" not in said(long)


async def test_one_is_not_several(desk: TrialDesk) -> None:
    one = await desk.study(f"{CROSS} hold=1")
    assert "out after 1 candle." in rules_in_words(one.trial)
    many = await desk.study("BTC+ETH 1d sma_cross hold=2 rebalance=1")
    words = rules_in_words(many.trial)
    assert "out after 2 candles" in words
    assert "rebalanced every candle." in words
    assert "1 candle without one of the other symbols was left out." in said(
        replace(many, dropped=1)
    )


async def test_titles_name_the_symbols_as_long_as_they_fit(desk: TrialDesk) -> None:
    study = await desk.study(CROSS)
    for symbols, market in (
        (("BTC/USDT",), "BTC/USDT"),
        (("BTC/USDT", "ETH/USDT"), "BTC/USDT+ETH/USDT"),
        (("BTC/USDT", "ETH/USDT", "SOL/USDT"), "BTC+ETH+SOL"),
        (tuple(f"COIN{n}/USDT" for n in range(6)), "6 symbols"),
    ):
        assert replace(study, trial=replace(study.trial, symbols=symbols)).market == market
