"""Away and back at the edges: a failed look, a moved stop, another exchange, a wrong clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.errors import MarketUnavailable, StorageError, UnreadableLog
from desk.outcomes import Filled
from tests.book.test_found_fills import CALM, WIDE, at, fills, opened, order, replay
from tests.fakes.clock import START
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, ETH, PaperDesk
from trading.account import AccountState
from trading.candles import Candles, Timeframe, to_ms

D = Decimal
CRASH = (26_900.0, 26_950.0, 25_000.0, 26_800.0)
SMALL = {"notional": "1000", "target_fraction": "0.5"}


async def test_what_was_missed_is_not_lost_when_the_first_look_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as desk:
        await order(desk, stop_fraction="0.02", **SMALL)
        await desk.watch.tick()
        append = desk.log.append

        async def full(*_: object) -> None:
            raise StorageError("the disk is full")

        monkeypatch.setattr(desk.log, "append", full)
        await replay(desk, CALM, CALM, CRASH, CALM)
        assert len(await fills(desk)) == 1
        monkeypatch.setattr(desk.log, "append", append)
        desk.clock.move(seconds=45)
        await desk.watch.tick()
        _, leaving = await fills(desk)
        assert leaving.at == START + timedelta(minutes=3)
        desk.clock.move(seconds=45)
        await desk.watch.tick()
        assert len(await fills(desk)) == 2


async def test_a_touch_is_not_lost_when_the_look_at_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as desk:
        await order(desk, stop_fraction="0.02", **SMALL)
        await desk.watch.tick()
        append = desk.log.append

        async def locked(*_: object) -> None:
            raise StorageError("locked")

        monkeypatch.setattr(desk.log, "append", locked)
        await at(desk, "26300.00", "26300.01")
        monkeypatch.setattr(desk.log, "append", append)
        for _ in range(10):
            await at(desk, "27000.00", "27000.01")
        _, leaving = await fills(desk)
        assert leaving.price <= 26_300


async def test_a_stop_that_has_followed_is_not_held_against_prices_from_before(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as desk:
        await order(desk, trail_fraction="0.005", **SMALL)
        await desk.watch.tick()
        desk.clock.now = START + timedelta(minutes=2, seconds=10)
        await desk.watch.tick()  # back after two minutes; the minute now open is looked at later
        desk.clock.move(seconds=20)
        desk.market.set(BTC, 27_200)
        await desk.watch.tick()
        (stop,) = [one for one in (await desk.state()).orders.values() if one.kind == "trailing"]
        assert stop.level > 27_000
        risen = (26_990.0, 27_200.0, 26_990.0, 27_200.0)  # its low came before its high
        flat = (27_000.0, 27_001.0, 26_999.0, 27_000.0)
        rows = [
            (to_ms(START + timedelta(minutes=n)), *bar, 1.0)
            for n, bar in enumerate([CALM, flat, risen])
        ]
        desk.market.set_candles(Candles.from_rows(BTC, Timeframe.M1, rows))
        for _ in range(8):
            desk.clock.move(seconds=5)
            await desk.watch.tick()
        assert len(await fills(desk)) == 1


async def test_another_exchange_does_not_go_back_over_time_that_was_watched(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as desk:
        await order(desk, trail_fraction="0.01", **SMALL)
        for price in range(27_000, 29_000, 100):
            await at(desk, f"{price}.00", f"{price}.01")
        assert len(await fills(desk)) == 1
        clock, market = desk.clock, desk.market
    high = (28_900.0, 28_950.0, 28_850.0, 28_900.0)
    rows = [
        (to_ms(START + timedelta(minutes=n)), *bar, 1.0) for n, bar in enumerate([CALM, CALM, high])
    ]
    market.set_candles(Candles.from_rows(BTC, Timeframe.M1, rows))
    clock.now = START + timedelta(minutes=3, seconds=20)
    other = PaperDesk(tmp_path / "conclave.db", Other(market), clock)
    await other.watch.tick()
    assert len(await fills(other)) == 1
    await other.file.close()


async def test_a_stop_placed_by_a_clock_that_was_ahead_still_protects(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        desk.clock.move(hours=1)
        await order(desk, stop_fraction="0.02", **SMALL)
        await desk.watch.tick()
        desk.clock.move(hours=-1)
        await at(desk, "26000.00", "26000.01")
        await at(desk, "26000.00", "26000.01")
        assert [one.reason for one in await fills(desk)] == ["entry", "stop"]


async def test_missed_candles_wait_for_the_rules_of_their_symbol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as desk:
        await order(desk, stop_fraction="0.02", **SMALL)
        await desk.watch.tick()
        clock, market = desk.clock, desk.market
    known = market.instrument

    async def unknown(symbol: str) -> None:
        raise MarketUnavailable(symbol)

    monkeypatch.setattr(market, "instrument", unknown)
    back = PaperDesk(tmp_path / "conclave.db", market, clock)
    await replay(back, CALM, CALM, CRASH, CALM)
    monkeypatch.setattr(market, "instrument", known)
    clock.move(seconds=5)
    await back.watch.tick()
    assert [one.at for one in await fills(back)][1:] == [START + timedelta(minutes=3)]
    await back.file.close()


async def test_a_limit_that_only_closes_never_opens_the_other_side(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        bought = await order(desk, quantity="0.05", stop_fraction="0.02")
        assert isinstance(bought, Filled)
        await order(desk, side="sell", kind="limit", price="27300", quantity="0.05")
        await at(desk, "26000.00", "26000.01")  # the stop
        await at(desk, "27400.00", "27400.01")
        await at(desk, "27400.00", "27400.01")
        state = await desk.state()
        assert not state.positions
        assert not state.orders


async def test_a_past_mark_is_not_made_of_present_prices(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        desk.market.set(ETH, 1_800)
        await order(desk, stop_fraction="0.9", **SMALL)
        await order(desk, symbol=ETH, stop_fraction="0.9", **SMALL)
        await desk.watch.tick()
        clock, market = desk.clock, desk.market
    market.set(ETH, 900)
    back = PaperDesk(tmp_path / "conclave.db", market, clock)
    # Only one of the two has candles: half of the other's fall has no time of its own.
    await replay(back, CALM, CALM, CALM, CALM)
    marks = [one for one in await back.log.read(ANNE) if one.event.kind == "equity_marked"]
    past = [one.event for one in marks if getattr(one.event, "happened_at", None)]
    assert all(getattr(event, "equity", D(0)) > 9_900 for event in past), past
    await back.file.close()


class Other(FakeMarket):
    """The same prices under another exchange's name."""

    def __init__(self, first: FakeMarket) -> None:
        super().__init__(first._clock)
        self.__dict__.update(first.__dict__)

    @property
    def name(self) -> str:
        return "other"


async def test_a_day_lost_twice_by_a_clock_put_back_blocks_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        await desk.protect.choose_limits(
            ANNE, lambda _: WIDE.model_copy(update={"daily_loss": D("0.04")})
        )
        await order(desk, notional="9000", stop_fraction="0.5", target_fraction="0.5")
        await at(desk, "25500.00", "25500.01")
        desk.clock.move(hours=24)
        await at(desk, "24000.00", "24000.01")
        desk.clock.move(hours=-24)
        await at(desk, "22500.00", "22500.01")
        assert len(await desk.events("limit_breached")) == 3
        await at(desk, "13000.00", "13000.01")
        assert [one.reason for one in await fills(desk)] == ["entry", "stop"]


async def test_prices_that_are_still_missing_after_a_restart_are_not_told_to_be_back(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as desk:
        await order(desk, stop_fraction="0.02", **SMALL)
        await desk.watch.tick()
        desk.market.down = {BTC}
        desk.clock.move(minutes=4)
        await desk.watch.tick()
        assert (await desk.state()).stale
        clock, market = desk.clock, desk.market
    back = PaperDesk(tmp_path / "conclave.db", market, clock)
    clock.move(minutes=6)  # equity is due, so the account is looked at
    await back.watch.tick()
    assert (await back.state()).stale
    market.down = set()
    clock.move(seconds=5)
    await back.watch.tick()
    assert not (await back.state()).stale
    await back.file.close()


async def test_an_account_that_can_not_be_read_any_more_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as desk:
        await desk.accounts.open("bob", 8)
        await order(desk, stop_fraction="0.02", **SMALL)
        require = desk.accounts.require

        async def unreadable(account_id: str) -> AccountState:
            if account_id == "bob":
                raise UnreadableLog("a newer version wrote it")
            return await require(account_id)

        bob = await require("bob")
        mine = await desk.state()
        held = {name: getattr(mine, name) for name in ("positions", "costs", "fees", "realised")}
        desk.watch._interests.note(replace(bob, **held))
        monkeypatch.setattr(desk.accounts, "require", unreadable)
        await at(desk, "26000.00", "26000.01")
        await at(desk, "26000.00", "26000.01")
        assert [one.reason for one in await fills(desk)] == ["entry", "stop"]


async def test_limits_that_are_tightened_are_heeded_while_nothing_is_held(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        bought = await order(desk, notional="9000", stop_fraction="0.5", target_fraction="0.5")
        assert isinstance(bought, Filled)
        await at(desk, "25500.00", "25500.01")
        await desk.confirm.close(ANNE, bought.fill.id)
        await at(desk, "25500.00", "25500.01")
        assert not (await desk.state()).paused
        tight = WIDE.model_copy(update={"account_drawdown": D("0.02")})
        await desk.protect.choose_limits(ANNE, lambda _: tight)
        await at(desk, "25500.00", "25500.01")
        assert "account" in (await desk.state()).paused


async def test_a_stop_counts_from_its_first_minutes_on_after_a_long_absence(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        await order(desk, stop_fraction="0.02", **SMALL)
        await desk.watch.tick()
        for frame, bars in (
            (Timeframe.M1, [CALM, CALM, CRASH, *[CALM] * 12]),
            (Timeframe.M5, [(*CALM[:2], 25_000.0, CALM[3]), *[CALM] * 300]),
        ):
            rows = [
                (to_ms(START + place * frame.delta), *bar, 1.0) for place, bar in enumerate(bars)
            ]
            desk.market.set_candles(Candles.from_rows(BTC, frame, rows))
        desk.clock.now = START + timedelta(hours=20, seconds=2)
        await desk.watch.tick()
        assert [one.at for one in await fills(desk)][1:] == [START + timedelta(minutes=3)]
