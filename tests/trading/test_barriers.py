"""Limits that no size gets round: a lost day, a cooldown, symbols, an old price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.fakes.fake_market import instrument_of
from tests.trading.ledger_events import AT, account, holding_account
from tests.trading.test_limits import MARKS, broken
from trading.account import AccountState
from trading.barriers import cooling_until
from trading.bounds import DAILY_LOSS, Limits
from trading.events import LimitBreached
from trading.limits import Allowed, Denied, Intent, check, largest

D = Decimal
BTC = instrument_of("BTC/USDT")
LIMITS = Limits(strategy_drawdown=D("0.5"), account_drawdown=D("0.5"))
DAY = timedelta(days=1)


def intent(at: datetime = AT, side: str = "buy", quantity: str = "1") -> Intent:
    made = Intent(BTC, "manual", "buy", D(quantity), D(100), at=at)
    return replace(made, side="sell") if side == "sell" else made


def texts(answer: Allowed | Denied) -> str:
    assert isinstance(answer, Denied)
    assert answer.passing_quantity == 0
    return "; ".join(breach.text for breach in answer.reasons)


LONG = holding_account(("manual", "BTC/USDT", "50", "100"))


def at_price(price: str) -> Mapping[str, Decimal]:
    return {"BTC/USDT": D(price)}


def test_a_days_loss_stops_entries_at_its_limit() -> None:
    # 50 at 100 of 10,000: 4 % are lost at 92.
    assert isinstance(check(intent(), LONG, at_price("92.01"), LIMITS), Denied)  # the symbol's
    wide = LIMITS.model_copy(update={"max_symbol_fraction": D(1)})
    assert isinstance(check(intent(), LONG, at_price("92.01"), wide), Allowed)
    answer = check(intent(), LONG, at_price("92"), wide)
    assert broken(answer) == [DAILY_LOSS]
    assert texts(answer) == (
        "the account has lost 4 % today (400.00 USDT); new entries stop at 4 % until 00:00 UTC"
    )
    assert isinstance(check(intent(side="sell"), LONG, at_price("50"), wide), Allowed)


def test_without_a_time_no_day_is_judged() -> None:
    wide = LIMITS.model_copy(update={"max_symbol_fraction": D(1)})
    timeless = replace(intent(), at=None)
    assert isinstance(check(timeless, LONG, at_price("85"), wide), Allowed)


def test_a_lost_day_stays_lost_when_equity_comes_back_or_the_limit_is_loosened() -> None:
    lost = LimitBreached(limit=DAILY_LOSS, scope="account", value=D("0.05"), bound=D("0.04"))
    state = account(lost)
    for limits in (LIMITS, LIMITS.model_copy(update={"daily_loss": D("0.5")})):
        assert "entries start again at 00:00 UTC" in texts(check(intent(), state, MARKS, limits))
    evening = AT.replace(hour=23, minute=59, second=59)
    assert broken(check(intent(evening), state, MARKS, LIMITS)) == [DAILY_LOSS]
    midnight = AT.replace(hour=0, minute=0) + DAY
    assert isinstance(check(intent(midnight), state, MARKS, LIMITS), Allowed)


def test_another_breach_loses_no_day() -> None:
    other = LimitBreached(limit="account drawdown", scope="account", value=D(1), bound=D(1))
    assert isinstance(check(intent(), account(other), MARKS, LIMITS), Allowed)


def stopped(symbol: str = "BTC/USDT") -> AccountState:
    return replace(account(), stopped={symbol: AT})


def test_after_a_stop_its_symbol_rests() -> None:
    limits = LIMITS.model_copy(update={"cooldown_minutes": 30})
    soon = intent(AT + timedelta(minutes=29, seconds=59))
    answer = check(soon, stopped(), MARKS, limits)
    assert broken(answer) == ["cooldown"]
    assert texts(answer) == (
        "a stop in BTC/USDT was hit at 05 Jan 12:00; with a cooldown of 30 min the next entry "
        "there may be at 05 Jan 12:30 UTC"
    )
    later = intent(AT + timedelta(minutes=30))
    assert isinstance(check(later, stopped(), MARKS, limits), Allowed)
    assert isinstance(check(soon, stopped("ETH/USDT"), MARKS, limits), Allowed)
    assert isinstance(check(soon, stopped(), MARKS, LIMITS), Allowed)


def test_symbols_may_be_blocked_and_others_allowed_only() -> None:
    blocked = LIMITS.model_copy(update={"blocked": ("BTC/USDT",)})
    answer = check(intent(), account(), MARKS, blocked)
    assert broken(answer) == ["symbol blocked"]
    assert "/limits unblock BTC/USDT" in texts(answer)
    only = LIMITS.model_copy(update={"allowed": ("ETH/USDT", "SOL/USDT")})
    answer = check(intent(), account(), MARKS, only)
    assert broken(answer) == ["symbol not allowed"]
    assert "you allow only ETH/USDT, SOL/USDT" in texts(answer)
    for fine in ({"allowed": ("BTC/USDT",)}, {"blocked": ("ETH/USDT",)}):
        limits = LIMITS.model_copy(update=fine)
        assert isinstance(check(intent(), account(), MARKS, limits), Allowed)


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (30, True), (30.1, False), (-5, True)])
def test_an_old_price_opens_nothing(age: float, fresh: bool) -> None:
    asked = replace(intent(), quoted_at=AT - timedelta(seconds=age))
    answer = check(asked, account(), MARKS, LIMITS)
    assert isinstance(answer, Allowed) == fresh
    if not fresh:
        assert broken(answer) == ["stale price"]
        assert "is 30.1 s old; entries need one of at most 30 s" in texts(answer)
    leaving = replace(asked, side="sell")
    assert isinstance(check(leaving, LONG, MARKS, LIMITS), Allowed)


def test_all_reasons_are_told_at_once() -> None:
    lost = LimitBreached(limit=DAILY_LOSS, scope="account", value=D("0.05"), bound=D("0.04"))
    state = replace(
        account(lost),
        stopped={"BTC/USDT": AT},
        paused={"account": "x"},
        peaks={"account": D(10**6)},
    )
    limits = Limits(
        cooldown_minutes=1, blocked=("BTC/USDT",), allowed=("ETH/USDT",), quote_seconds=5
    )
    asked = replace(
        intent(quantity="1000.000001"),
        leverage=D(9),
        risk=D(50),
        quoted_at=AT - timedelta(seconds=6),
    )
    assert broken(check(asked, state, MARKS, limits)) == [
        "paused",
        "symbol blocked",
        "symbol not allowed",
        "cooldown",
        "stale price",
        "account drawdown",
        DAILY_LOSS,
        "order leverage",
        "lot",
        "order",
        "symbol",
        "loss at stop",
        "leverage",
        "margin",
    ]
    assert largest(asked, state, MARKS, limits) == 0


def test_a_stop_elsewhere_rests_the_pair_on_every_exchange() -> None:
    limits = LIMITS.model_copy(update={"cooldown_minutes": 30})
    late = AT + timedelta(minutes=10)
    state = replace(account(), stopped={"BTC/USDT": AT, "kraken:BTC/USDT": late, "okx:A/B": late})
    answer = check(intent(AT + timedelta(minutes=35)), state, MARKS, limits)
    assert broken(answer) == ["cooldown"]
    assert texts(answer).startswith("a stop in kraken:BTC/USDT was hit at 05 Jan 12:10;")
    for symbol in ("BTC/USDT", "kraken:BTC/USDT", "okx:BTC/USDT"):
        assert cooling_until(state, symbol, limits) == AT + timedelta(minutes=40)
    assert cooling_until(state, "kraken:BTC/USD", limits) is None
