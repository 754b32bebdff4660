"""Models are learned once, used again while fresh, and never of another market or moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from desk import forecasting as room
from desk.forecasting import WAITING, Forecasting, fingerprint, fresh
from desk.searching import untold
from tests.trading.sample_candles import walk
from trading.candles import Candles, Timeframe
from trading.errors import NotEnoughHistory
from trading.forecast import Plan, Trained, train
from trading.learners import Library
from trading.walk_forward import Each, unheard

CANDLES = walk(760)
PLAN = Plan(horizon=4)
NOW = CANDLES.last_close_time + timedelta(minutes=3)
LATER = NOW + timedelta(hours=5)


class Learning:
    """Counts what is learned; with `closed` set it waits after the first fold."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.begun, self.let_go, self.ended = (threading.Event() for _ in range(3))
        self.let_go.set()

    def __call__(self, candles: Candles, plan: Plan, each: Each = unheard) -> Trained:
        self.plans.append(plan)
        try:
            each(1)
            self.begun.set()
            assert self.let_go.wait(10)
            each(2)
            return train(candles, replace(plan, folds=2))
        finally:
            self.ended.set()


@pytest.fixture
def learning(monkeypatch: pytest.MonkeyPatch) -> Learning:
    made = Learning()
    monkeypatch.setattr(room, "train", made)
    return made


@pytest.fixture
async def forecasting(learning: Learning) -> AsyncIterator[Forecasting]:
    made = Forecasting()
    yield made
    learning.let_go.set()
    made.close()


async def test_same_candles_are_learned_from_once(
    forecasting: Forecasting, learning: Learning
) -> None:
    first = await forecasting.forecast("binance", CANDLES, 4, NOW)
    again = await forecasting.forecast("binance", CANDLES, 4, LATER)
    assert len(learning.plans) == 1
    assert again.forecast.probability_up == first.forecast.probability_up
    assert again.trained_at == first.trained_at == NOW
    assert again.learned_to == CANDLES.last_close_time


async def test_a_few_newer_candles_are_forecast_by_the_model_at_hand(
    forecasting: Forecasting, learning: Learning
) -> None:
    old = await forecasting.forecast("binance", CANDLES[:750], 4, NOW)
    new = await forecasting.forecast("binance", CANDLES[5:755], 4, LATER)
    assert len(learning.plans) == 1
    assert new.learned_to == old.learned_to == CANDLES[:750].last_close_time
    assert new.forecast.move.naive != old.forecast.move.naive
    await forecasting.forecast("binance", CANDLES[10:760], 4, LATER)
    assert len(learning.plans) == 2  # ten of 750 are more than one in a hundred


async def test_whatever_else_differs_is_learned_anew(
    forecasting: Forecasting, learning: Learning
) -> None:
    changed = replace(CANDLES, close=CANDLES.close.copy())
    changed.close[300] *= 1.00001
    for number, (source, candles, horizon) in enumerate(
        (
            ("binance", CANDLES, 4),
            ("binance", CANDLES, 5),
            ("kraken", CANDLES, 4),
            ("binance", replace(CANDLES, symbol="BBB/USDT"), 4),
            ("binance", changed, 4),
            ("binance", CANDLES[:700], 4),  # what was learned since is of its future
        ),
        start=1,
    ):
        ahead = await forecasting.forecast(source, candles, horizon, NOW)
        assert len(learning.plans) == number
        assert ahead.learned_to == candles.last_close_time


def test_model_of_days_is_stale_after_one() -> None:
    days = walk(600, timeframe=Timeframe.D1)
    trained = train(days[:599], replace(PLAN, folds=2))
    assert fresh(trained, days[:599])
    assert not fresh(trained, days)


def test_fingerprint_knows_each_byte_the_plan_and_the_library() -> None:
    usual = fingerprint(CANDLES, PLAN)
    assert usual == fingerprint(CANDLES[:], Plan(horizon=4))
    volume = CANDLES.volume.copy()
    volume[0] += 1e-9
    others = {
        fingerprint(replace(CANDLES, volume=volume), PLAN),
        fingerprint(replace(CANDLES, timeframe=Timeframe.H2), PLAN),
        fingerprint(CANDLES, Plan(horizon=5)),
        fingerprint(CANDLES, Plan(horizon=4, library=Library.XGBOOST)),
        usual,
    }
    assert len(others) == 5


async def test_two_who_ask_at_once_share_the_work_and_hear_how_far_it_is(
    forecasting: Forecasting, learning: Learning
) -> None:
    heard: tuple[list[str], list[str]] = ([], [])
    both = await asyncio.gather(
        *(forecasting.forecast("binance", CANDLES, 4, NOW, told.append) for told in heard)
    )
    assert len(learning.plans) == 1
    assert both[0].forecast.trained is both[1].forecast.trained
    assert heard[0][-1] == "Fold 2 of 8"


async def test_another_forecast_waits_for_its_turn_and_is_told(
    forecasting: Forecasting, learning: Learning
) -> None:
    learning.let_go.clear()
    one = asyncio.create_task(forecasting.forecast("binance", CANDLES, 4, NOW, untold))
    await asyncio.to_thread(learning.begun.wait, 10)
    heard: list[str] = []
    two = asyncio.create_task(forecasting.forecast("binance", CANDLES, 8, NOW, heard.append))
    await asyncio.sleep(0)
    assert heard == [WAITING]
    learning.let_go.set()
    await asyncio.gather(one, two)
    assert len(learning.plans) == 2


async def test_forecast_that_nobody_waits_for_is_stopped_between_folds(
    forecasting: Forecasting, learning: Learning
) -> None:
    learning.let_go.clear()
    task = asyncio.create_task(forecasting.forecast("binance", CANDLES, 4, NOW))
    await asyncio.to_thread(learning.begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    learning.let_go.set()
    assert await asyncio.to_thread(learning.ended.wait, 10)
    ahead = await forecasting.forecast("binance", CANDLES, 4, LATER)
    assert ahead.trained_at == LATER
    assert len(learning.plans) == 2


async def test_failure_is_told_and_tried_again(
    forecasting: Forecasting, learning: Learning
) -> None:
    for _ in range(2):
        with pytest.raises(NotEnoughHistory):
            await forecasting.forecast("binance", CANDLES[:300], 4, NOW)
    assert len(learning.plans) == 2


async def test_without_room_nothing_is_kept(learning: Learning) -> None:
    forgetful = Forecasting(remember=0)
    for _ in range(2):
        await forgetful.forecast("binance", CANDLES, 4, NOW)
    assert len(learning.plans) == 2
    forgetful.close()
