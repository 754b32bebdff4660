"""Candles that hold a time which was watched live do nothing a second time, and nothing false."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from desk.outcomes import Filled
from tests.fakes.clock import START, FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, paper_desk
from trading.bounds import Limits
from trading.candles import Candles, Timeframe, to_ms
from trading.orders import Draft, Proposal

WIDE = Limits(
    max_order_fraction=Decimal(1), max_symbol_fraction=Decimal(1), max_loss_fraction=Decimal(1)
)


def minutes(*bars: tuple[float, float, float, float]) -> Candles:
    rows = [(to_ms(START + timedelta(minutes=n)), *bar, 1.0) for n, bar in enumerate(bars)]
    return Candles.from_rows(BTC, Timeframe.M1, rows)


async def test_trailing_stop_is_not_filled_by_prices_from_before_it_followed(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    market = FakeMarket(clock)
    async with paper_desk(tmp_path, market=market, clock=clock) as desk:
        market.set(BTC, 27_000)
        await _trails(desk)
        clock.now = START + timedelta(minutes=1, seconds=5)
        await desk.watch.tick()
        market.set(BTC, 28_350)
        clock.move(seconds=15)
        await desk.watch.tick()
    # The minute began at 27,000, where the stop does not stand any more.
    market.set_candles(
        minutes(
            (27_000, 27_000, 27_000, 27_000),
            (27_000, 28_350, 27_000, 28_350),
            (28_350, 28_350, 28_350, 28_350),
        )
    )
    clock.now = START + timedelta(minutes=3, seconds=2)
    async with paper_desk(tmp_path, market=market, clock=clock) as desk:
        await desk.watch.tick()
        assert (await desk.state()).positions
        assert len(await desk.told("fill")) == 1


async def test_tiers_of_a_fall_that_was_told_are_not_told_again_when_its_candles_come_again(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    market = FakeMarket(clock)
    market.set(BTC, 27_000)
    async with paper_desk(tmp_path, WIDE, market=market, clock=clock) as desk:
        await _holds(desk)
        await desk.watch.tick()
    falls = [(price, price, price, price) for price in (27_000.0, 25_400.0, 26_900.0, 25_400.0)]
    market.set_candles(minutes(*[bar for bar in falls for _ in range(4)]))
    market.set(BTC, 25_400)
    clock.now = START + timedelta(minutes=16, seconds=2)
    for _ in range(2):
        async with paper_desk(tmp_path, WIDE, market=market, clock=clock) as desk:
            await desk.watch.tick()
            # The process dies before it has noted how far it has looked.
            await desk.file.run(lambda database: database.conn.execute("DELETE FROM watched"))
    async with paper_desk(tmp_path, WIDE, market=market, clock=clock) as desk:
        assert await desk.events("alert_fired") == ["alert_fired"] * 3


async def _trails(desk: PaperDesk) -> None:
    draft = Draft(
        symbol=BTC,
        side="buy",
        strategy="manual",
        notional=Decimal(150),
        trail_fraction=Decimal("0.02"),
        target_fraction=Decimal(0),
    )
    await _confirmed(desk, draft)


async def _holds(desk: PaperDesk) -> None:
    draft = Draft(
        symbol=BTC,
        side="buy",
        strategy="manual",
        notional=Decimal(9_000),
        stop_fraction=Decimal(0),
        target_fraction=Decimal(0),
    )
    await _confirmed(desk, draft)


async def _confirmed(desk: PaperDesk, draft: Draft) -> None:
    made = await desk.preview.price(ANNE, draft)
    assert isinstance(made, Proposal), made
    await desk.preview.offer(made)
    assert isinstance(await desk.confirm.confirm(ANNE, made.id), Filled)
