"""A symbol whose prices stop coming is told once, and once when they are back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from desk.booking import Source
from desk.ringing import STALE_AFTER, feed_events, followed
from desk.telling import tell
from tests.trading.alerts import BTC, after, alert, armed
from tests.trading.ledger_events import AT, account, holding_account
from trading.account import AccountState
from trading.events import AlertRang, AlertRemoved, FeedChanged

SECOND = timedelta(seconds=1)
HELD = holding_account(("manual", BTC, "1", "30000"))


def kinds(state: AccountState, age: timedelta) -> list[str]:
    return [event.kind for event in feed_events(state, BTC, AT, AT + age)]


def test_feed_that_stops_rings_once_and_once_when_it_is_back() -> None:
    state = armed(alert())
    assert kinds(state, STALE_AFTER) == []
    events = feed_events(state, BTC, AT, AT + STALE_AFTER + SECOND)
    assert events[0] == FeedChanged(symbol=BTC, stale_since=AT)
    state = after(state, events)
    assert kinds(state, timedelta(hours=1)) == []
    back = feed_events(state, BTC, AT + timedelta(hours=1), AT + timedelta(hours=1))
    assert back[0] == FeedChanged(symbol=BTC, stale_since=None)
    assert isinstance(back[1], AlertRang)
    assert (back[1].ring.kind, back[1].ring.value) == ("fresh", Decimal(3600))
    state = after(state, back)
    assert [ring.kind for ring in state.untold] == ["stale", "fresh"]


def test_silence_of_a_symbol_with_money_in_it_is_critical() -> None:
    source = Source("fake", demo=False)
    for state, critical in ((HELD, True), (armed(alert()), False)):
        ringing = after(state, feed_events(state, BTC, AT, AT + timedelta(hours=1)))
        _, (message,) = tell(ringing, AT, source)
        assert message.critical is critical


def test_symbol_that_nobody_waits_for_is_neither_told_nor_kept() -> None:
    assert kinds(account(), timedelta(days=1)) == []
    state = armed(alert())
    state = after(state, feed_events(state, BTC, AT, AT + timedelta(hours=1)))
    state = after(state, [AlertRemoved(alert_id="a1", reason="person")])
    assert kinds(state, timedelta(days=1)) == ["feed_changed"]


def test_price_from_ahead_of_the_clock_is_fresh() -> None:
    assert kinds(armed(alert()), timedelta(hours=-2)) == []


def test_followed_are_symbols_with_money_orders_or_alerts() -> None:
    assert followed(account()) == frozenset()
    assert followed(HELD) == {BTC}
    assert followed(armed(alert(symbol="ETH/USDT"))) == {"ETH/USDT"}
