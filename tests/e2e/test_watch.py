"""What happens by itself: stops, targets, and drawdown alerts, each told once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.chat import SeenMessage
from tests.e2e.person import Person
from tests.e2e.world import World, bought_at, fee_of, sold_at
from trading.events import Tier, TradingPaused

pytestmark = pytest.mark.asyncio(loop_scope="package")
OPENING = Decimal(10_000)


async def test_stop_that_is_reached_is_told_once_and_cancels_the_target(town: World) -> None:
    person, book = town.person(), town.book
    me = str(person.id)
    await _holds(town, person, "LINK", 16.0, "150")
    entry = book.fills(me)[0].price
    await town.price("LINK", 15.3)
    told = await person.sees(lambda message: message.text.startswith("Stop reached: sold"))
    assert "held now nothing" in " ".join(told.text.split())
    assert told.buttons == ()
    bought, sold = book.fills(me)
    left = sold_at("LINK", 15.3)
    assert (sold.reason, sold.quantity, sold.price) == ("stop", bought.quantity, left)
    paid = fee_of(bought.quantity, entry) + fee_of(bought.quantity, left)
    assert book.cash(me) == OPENING + bought.quantity * (left - entry) - paid
    assert book.reports(me)[-1].cash == book.reports(me)[-1].equity == book.cash(me)
    assert book.orders(me) == [("market", "filled"), ("stop", "filled"), ("target", "cancelled")]
    await town.price("LINK", 18.0)
    await town.settled(me)
    assert person.counted("Stop reached") == 1
    assert person.counted("Target reached") == 0
    assert len(book.fills(me)) == 2


async def test_target_that_is_reached_fills_at_its_level(town: World) -> None:
    person, book = town.person(), town.book
    me = str(person.id)
    await _holds(town, person, "DOT", 12.0, "150")
    (target,) = [order.price for order in book.state(me).orders.values() if order.kind == "target"]
    await town.price("DOT", 12.7)
    await person.sees(lambda message: message.text.startswith("Target reached: sold"))
    assert book.fills(me)[1].price == target
    assert book.orders(me)[1:] == [("stop", "cancelled"), ("target", "filled")]


async def test_drawdown_is_told_at_each_tier_once_and_pauses_entries(wild_town: World) -> None:
    """All of 10,000 in one symbol, so a fall of the price is a fall of the account.

    The strategy's limit is 5 %, the account's 8 %.
    """
    town, person = wild_town, wild_town.person()
    me = str(person.id)
    await _holds(town, person, "SOL", 27.0, "9900")

    # 80 % of the strategy's limit, and back and forth across it.
    for price in (25.85, 25.95, 25.85):
        await town.seen_price("SOL", price)
    await _tier(town, person, "strategy:manual", "warning")
    assert [one.tier for one in town.book.alerts(me)] == ["warning"]

    # The strategy's limit, then the account's warning and its limit.
    for price in (25.4, 25.0, 24.7, 24.9, 24.7):
        await town.seen_price("SOL", price)
    limit = await _tier(town, person, "account", "limit")
    assert "New entries are paused" in limit.text
    assert _tiers(town, me, "strategy:manual") == ["warning", "limit"]
    assert _tiers(town, me, "account") == ["warning", "limit"]
    paused = {one.event.scope for one in town.book.log(me) if isinstance(one.event, TradingPaused)}
    assert paused == {"account", "strategy:manual"}

    refused = await person.says("/buy ETH 50")
    assert "trading is paused for the account: drawdown" in refused.text
    assert "the limit is 8 %" in refused.text
    assert "new entries stop at 8 %" in refused.text
    assert "new entries stop at 5 %" in refused.text
    assert len(town.book.fills(me)) == 1

    # Recovered.
    for price in (26.8,):
        await town.seen_price("SOL", price)
    await _tier(town, person, "account", "ok")
    await _tier(town, person, "strategy:manual", "ok")
    await town.settled(me)
    assert _tiers(town, me, "strategy:manual") == ["warning", "limit", "ok"]
    assert _tiers(town, me, "account") == ["warning", "limit", "ok"]
    assert person.counted("drawdown") == 6 + 1, "six alerts and the refusal"
    _figures_are_exact(town, me)
    still = await person.says("/buy ETH 50")
    assert "trading is paused" in still.text, "only the person ends a pause"
    assert "Entries go on for: account, manual" in (await person.says("/resume")).text
    assert (await person.says("/buy ETH 50")).buttons


async def _holds(town: World, person: Person, base: str, price: float, notional: str) -> None:
    await town.price(base, price)
    card = await person.says(f"/buy {base} {notional}")
    assert (await person.taps(card, "Confirm")).text.startswith("Bought")
    await person.sees(lambda message: message.text.startswith("Filled: bought"))
    (fill,) = town.book.fills(str(person.id))
    assert fill.price == bought_at(base, price)


async def _tier(town: World, person: Person, scope: str, tier: Tier) -> SeenMessage:
    mark = {"warning": "⚠", "limit": "⛔", "ok": "✓"}[tier]
    name = "Account" if scope == "account" else "Manual"
    return await person.sees(lambda one: one.text.startswith(f"{mark} {name}: drawdown"))


def _tiers(town: World, account_id: str, scope: str) -> list[str]:
    return [one.tier for one in town.book.alerts(account_id) if one.scope == scope]


def _figures_are_exact(town: World, account_id: str) -> None:
    """Each alert's equity is cash and the position at one of the prices that were set."""
    (fill,) = town.book.fills(account_id)
    cash = town.book.cash(account_id)
    prices = map(Decimal, ("25.85", "25.95", "25.4", "25.0", "24.7", "24.9", "26.8"))
    possible = {cash + fill.quantity * price for price in prices}
    for alert in town.book.drawdowns(account_id):
        if alert.scope == "account":
            assert alert.equity in possible
        assert alert.drawdown == (alert.peak - alert.equity) / alert.peak
        over = {"warning": alert.bound * Decimal("0.8"), "limit": alert.bound, "ok": Decimal(0)}
        assert alert.drawdown >= over[alert.tier]
        assert alert.tier != "ok" or alert.drawdown < alert.bound * Decimal("0.7")
