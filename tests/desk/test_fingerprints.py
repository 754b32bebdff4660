"""Candles that were revised are other candles: nothing of the old ones is told of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from desk.baskets import Baskets
from desk.fingerprints import fingerprint_of
from desk.ranking import ranked
from desk.research import Research
from tests.fakes.candle_files import made_candles
from tests.fakes.rank_market import COUNT, RankDesk, rank_desk
from tests.trading.sample_candles import walk
from trading.backtest import Rules
from trading.candles import Candles, FloatArray, Timeframe
from trading.strategies.catalogue import built_in

BTC, ETH = "BTC/USDT", "ETH/USDT"
H1, D1 = Timeframe.H1, Timeframe.D1
PRICES = ("open", "high", "low", "close")


def changed(candles: Candles, name: str, factors: float | FloatArray) -> Candles:
    column: Any = getattr(candles, name) * factors
    return replace(candles, **{name: column})


def revised(candles: Candles) -> Candles:
    """Raise the prices from the middle on by five percent: the same times, as many candles."""
    factors = np.where(np.arange(len(candles)) < len(candles) // 2, 1.0, 1.05)
    for name in PRICES:
        candles = changed(candles, name, factors)
    return candles


@pytest.fixture
async def desk() -> AsyncIterator[RankDesk]:
    async with rank_desk() as opened:
        start = opened.clock() - 200 * D1.delta
        opened.lists(BTC, made_candles(D1, 200, start=start), D1)
        yield opened


async def revise(desk: RankDesk) -> None:
    for symbol, timeframe in ((BTC, H1), (ETH, H1), (BTC, D1)):
        desk.market.set_candles(revised(await desk.snapshot.candles(symbol, timeframe, COUNT)))


async def figures(desk: RankDesk) -> list[object]:
    """Ask anew for what is computed of BTC and ETH, in the same lab."""
    research = Research(desk.snapshot, desk.lab, Rules(), built_in())
    trial = research.trial(BTC, H1, "buy_and_hold")
    both = replace(trial, symbols=(BTC, ETH))
    ranking = await ranked(desk.snapshot, desk.lab, (BTC, ETH), H1, "momentum")
    return [
        (await research.readings(BTC, H1)).value,
        (await research.backtest(trial)).value.metrics.total_return,
        (await research.tail_risk(BTC)).value,
        (await Baskets(research.snapshot, desk.lab).backtest(both)).value.metrics.total_return,
        [profile.value("momentum") for profile in ranking.profiles],
    ]


async def test_revised_candles_give_new_figures_and_the_same_ones_the_old(desk: RankDesk) -> None:
    before = await figures(desk)
    assert all(
        now is was or now == was for now, was in zip(await figures(desk), before, strict=True)
    )
    await revise(desk)
    for was, now in zip(before, await figures(desk), strict=True):
        assert now != was


def test_fingerprint_knows_every_column_and_where_a_hole_is() -> None:
    candles = walk(50)
    one = np.where(np.arange(50) == 20, 1.000001, 1.0)
    holed = [replace(candles[:49], time=np.delete(candles.time, hole)) for hole in (10, 30)]
    others = [
        candles,
        *(changed(candles, name, one) for name in (*PRICES, "volume")),
        *holed,
        replace(candles, symbol="BBB/USDT"),
        replace(candles, made_from=Timeframe.M15),
    ]
    assert len({fingerprint_of(other) for other in others}) == len(others)
    assert fingerprint_of(candles[:]) == fingerprint_of(candles)


def test_fingerprint_is_made_once_of_the_same_candles(monkeypatch: pytest.MonkeyPatch) -> None:
    candles = walk(50)
    made = fingerprint_of(candles)
    monkeypatch.setattr("desk.fingerprints.digest_of", lambda *_: "another")
    assert fingerprint_of(candles) == made
    assert fingerprint_of(candles[:]) == "another"
