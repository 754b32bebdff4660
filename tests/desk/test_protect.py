"""Pausing, resuming and choosing limits: idempotent, and never a danger to what is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from desk.accounts import Decision
from desk.outcomes import Filled
from desk.ports import Entry
from desk.protect import Choose
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, paper_desk
from trading.bounds import DAILY_LOSS, PROFILES, Limits
from trading.errors import BadArgument
from trading.events import LimitBreached

D = Decimal
DESK = Limits(max_order_fraction=D("0.03"))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path, DESK) as opened:
        yield opened


async def lose_the_day(desk: PaperDesk) -> None:
    breach = LimitBreached(limit=DAILY_LOSS, scope="account", value=D("0.05"), bound=D("0.04"))
    await desk.accounts.change(ANNE, lambda _: Decision(None, [Entry(breach, "lost")]))


async def test_pausing_twice_is_one_event(desk: PaperDesk) -> None:
    first = await desk.protect.pause(ANNE)
    second = await desk.protect.pause(ANNE, "another reason")
    assert (first.changed, second.changed) == (True, False)
    assert second.reason == "you paused it"
    assert await desk.events("trading_paused") == ["trading_paused"]


async def test_limits_are_the_desks_until_the_person_chooses(desk: PaperDesk) -> None:
    use = await desk.protect.use(ANNE)
    assert (use.limits, use.own) == (DESK, False)
    careful = PROFILES["careful"]
    outcome = await desk.protect.choose_limits(ANNE, lambda _: careful)
    assert (outcome.before, outcome.after, outcome.own) == (DESK, careful, True)
    use = await desk.protect.use(ANNE)
    assert (use.limits, use.own) == (careful, True)
    back = await desk.protect.choose_limits(ANNE, lambda _: None)
    assert (back.after, back.own) == (DESK, False)
    assert (await desk.state()).limits is None


async def test_the_same_limits_again_are_no_event(desk: PaperDesk) -> None:
    await desk.protect.choose_limits(ANNE, lambda _: None)
    assert await desk.events("limits_changed") == []
    for _ in range(3):
        await desk.protect.choose_limits(ANNE, lambda _: PROFILES["bold"])
    assert await desk.events("limits_changed") == ["limits_changed"]


async def test_two_changes_at_once_are_both_made(desk: PaperDesk) -> None:
    def with_value(field: str, value: str) -> Choose:
        return lambda now: now.model_copy(update={field: D(value)})

    await asyncio.gather(
        desk.protect.choose_limits(ANNE, with_value("max_order_fraction", "0.01")),
        desk.protect.choose_limits(ANNE, with_value("daily_loss", "0.02")),
    )
    limits = (await desk.state()).limits
    assert limits is not None
    assert (limits.max_order_fraction, limits.daily_loss) == (D("0.01"), D("0.02"))


async def test_a_choice_that_is_refused_changes_nothing(desk: PaperDesk) -> None:
    def refuse(now: Limits) -> Limits:
        raise BadArgument("no")

    with pytest.raises(BadArgument):
        await desk.protect.choose_limits(ANNE, refuse)
    assert await desk.events("limits_changed") == []


async def test_tighter_limits_touch_nothing_that_is_open(desk: PaperDesk) -> None:
    filled = await desk.buy(notional="250")
    before = await desk.state()
    await desk.protect.choose_limits(
        ANNE, lambda _: PROFILES["careful"].model_copy(update={"blocked": (BTC,)})
    )
    after = await desk.state()
    assert (after.positions, after.orders) == (before.positions, before.orders)
    use = await desk.protect.use(ANNE)
    over = {one.field: one.subject for one in use.over(Limits(max_symbol_fraction=D("0.01")))}
    assert over == {"max_symbol_fraction": BTC}
    position = after.positions["manual", BTC]
    assert isinstance(await desk.confirm.close(ANNE, position.id), Filled)
    assert filled.fill.quantity == position.quantity


async def test_a_pause_by_a_limit_survives_looser_limits(desk: PaperDesk) -> None:
    await desk.protect.pause(ANNE, "drawdown 8 %, the limit is 8 %")
    await desk.protect.choose_limits(ANNE, lambda _: PROFILES["bold"])
    assert (await desk.state()).paused == {"account": "drawdown 8 %, the limit is 8 %"}


async def test_resume_tells_that_it_does_not_lift_a_lost_day(desk: PaperDesk) -> None:
    await lose_the_day(desk)
    assert (await desk.protect.resume(ANNE)).day_lost
    await desk.protect.pause(ANNE)
    resumed = await desk.protect.resume(ANNE)
    assert (resumed.scopes, resumed.day_lost) == (("account",), True)
    assert (await desk.state()).lost_day == desk.clock().date()
    desk.clock.move(hours=12)
    assert not (await desk.protect.resume(ANNE)).day_lost


async def test_a_loss_that_no_look_has_seen_yet_is_told_by_resume_too(desk: PaperDesk) -> None:
    await desk.protect.choose_limits(ANNE, lambda _: Limits(daily_loss=D("0.0001")))
    await desk.buy(notional="150")
    desk.market.set(BTC, 20_000)
    assert (await desk.protect.resume(ANNE)).day_lost
    use = await desk.protect.use(ANNE)
    assert not use.day_lost
    assert use.lost_today > D("0.0001")


async def test_use_measures_every_limit(desk: PaperDesk) -> None:
    await desk.buy(notional="200")
    await desk.buy("sell", symbol="ETH/USDT", notional="100", strategy="analyst")
    use = await desk.protect.use(ANNE)
    assert [symbol for symbol, _ in use.symbols] == [BTC, "ETH/USDT"]
    assert D("0.0199") < use.symbols[0][1] < D("0.0201")
    assert abs(use.crypto - sum(used for _, used in use.symbols)) < D("1E-20")
    assert use.other == 0
    assert (use.positions, use.waiting, use.fresh) == (2, 0, True)
    assert D("0.029") < use.margin < D("0.031")
    assert [one.scope for one in use.scopes] == ["account", "strategy:analyst", "strategy:manual"]
    assert use.over(use.limits) == ()
    assert use.cooling == {}
    desk.market.down.add(BTC)
    assert not (await desk.protect.use(ANNE)).fresh
