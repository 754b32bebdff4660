"""Every limit is named when broken, and the size that would pass does pass."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.fakes.fake_market import instrument_of
from tests.trading.ledger_events import account, holding_account
from tests.trading.limit_states import with_leverage
from trading.account import AccountState
from trading.bounds import Limits
from trading.events import EquityMarked, Event, TradingPaused
from trading.limits import Allowed, Denied, Intent, check
from trading.orders import Side

D = Decimal
BTC = instrument_of("BTC/USDT")
MARKS = {"BTC/USDT": D(100), "ETH/USDT": D(100), "EUR/USDT": D(1)}
LIMITS = Limits()


def intent(quantity: str, side: Side = "buy", price: str = "100") -> Intent:
    return Intent(BTC, "manual", side, D(quantity), D(price))


def broken(answer: Allowed | Denied) -> list[str]:
    assert isinstance(answer, Denied)
    return [breach.limit for breach in answer.reasons]


def peaked(peak: str, *more: Event) -> AccountState:
    """Make an account with 10,000 in cash whose equity once was `peak`."""
    worth = D(peak)
    return account(
        EquityMarked(equity=worth, scopes={"account": worth, "strategy:manual": worth}), *more
    )


def test_an_order_of_two_percent_passes_and_one_lot_more_does_not() -> None:
    answer = check(intent("2"), account(), MARKS, LIMITS)
    assert answer == Allowed("2 % per order (2 % used)")
    denied = check(intent("2.00001"), account(), MARKS, LIMITS)
    assert broken(denied) == ["order"]
    assert isinstance(denied, Denied)
    assert denied.passing_quantity == 2
    assert denied.reasons[0].text == (
        "the order opens 2.01 % of equity (200.00 USDT); the limit is 2 % per order (200.00 USDT)"
    )


def test_a_huge_order_breaks_every_cap_and_each_is_named() -> None:
    denied = check(intent("400"), account(), MARKS, LIMITS)
    assert broken(denied) == ["order", "symbol", "leverage", "margin"]


def test_a_symbols_exposure_counts_all_strategies_and_both_sides() -> None:
    state = holding_account(("a", "BTC/USDT", "5", "100"), ("b", "BTC/USDT", "-4.5", "100"))
    denied = check(intent("1"), state, MARKS, LIMITS)
    assert broken(denied) == ["symbol"]
    assert isinstance(denied, Denied)
    assert denied.passing_quantity == D("0.5")


def test_leverage_is_counted_apart_for_crypto_and_the_rest() -> None:
    wide = Limits(max_order_fraction=D(1), max_symbol_fraction=D(1))
    state = with_leverage(holding_account(("a", "ETH/USDT", "295", "100")), "5")
    assert broken(check(intent("6"), state, MARKS, wide)) == ["leverage"]
    euro = Intent(instrument_of("EUR/USDT"), "manual", "buy", D(9_000), D(1))
    borrowed = replace(euro, leverage=D("1.5"))
    assert broken(check(euro, state, MARKS, wide)) == ["margin"]
    assert broken(check(borrowed, state, MARKS, wide)) == ["margin"]
    light = with_leverage(holding_account(("a", "ETH/USDT", "295", "100")), "20")
    assert isinstance(check(borrowed, light, MARKS, wide), Allowed)
    held = with_leverage(holding_account(("a", "EUR/USDT", "10000", "1")), "20")
    assert broken(check(euro, held, MARKS, wide)) == ["symbol", "leverage"]


@pytest.mark.parametrize("scope", ["account", "strategy:manual"])
def test_a_paused_scope_lets_nothing_in(scope: str) -> None:
    state = account(TradingPaused(scope=scope, reason="you paused it"))
    denied = check(intent("1"), state, MARKS, LIMITS)
    assert broken(denied) == ["paused"]
    assert isinstance(denied, Denied)
    assert denied.passing_quantity == 0
    assert "you paused it" in denied.reasons[0].text


def test_another_strategys_pause_does_not_matter() -> None:
    state = account(TradingPaused(scope="strategy:other", reason="x"))
    assert isinstance(check(intent("1"), state, MARKS, LIMITS), Allowed)


def test_drawdowns_of_account_and_strategy_stop_entries() -> None:
    assert isinstance(check(intent("1"), peaked("10500"), MARKS, LIMITS), Allowed)
    five = check(intent("1"), peaked("10530"), MARKS, LIMITS)
    assert broken(five) == ["strategy drawdown"]
    both = check(intent("1"), peaked("10900"), MARKS, LIMITS)
    assert broken(both) == ["account drawdown", "strategy drawdown"]


def test_a_reducing_order_is_allowed_whatever_is_broken() -> None:
    base = holding_account(("manual", "BTC/USDT", "50", "100"))
    assert check(intent("50", "sell"), base, MARKS, LIMITS) == Allowed(
        "none: it only reduces the position"
    )
    paused = holding_account(("manual", "BTC/USDT", "50", "100"))
    crash = {"BTC/USDT": D(10)}
    assert isinstance(check(intent("0.000001", "sell"), paused, crash, LIMITS), Allowed)


def test_turning_round_is_held_to_the_limits_for_what_it_opens() -> None:
    state = holding_account(("manual", "BTC/USDT", "5", "100"))
    assert isinstance(check(intent("7", "sell"), state, MARKS, LIMITS), Allowed)
    denied = check(intent("8", "sell"), state, MARKS, LIMITS)
    assert broken(denied) == ["order"]
    assert isinstance(denied, Denied)
    assert denied.passing_quantity == 7


def test_turning_round_while_paused_passes_only_as_far_as_it_reduces() -> None:
    first = holding_account(("manual", "BTC/USDT", "5", "100"))
    state = AccountState(**{**vars(first), "paused": {"account": "x"}})
    denied = check(intent("6", "sell"), state, MARKS, LIMITS)
    assert isinstance(denied, Denied)
    assert denied.passing_quantity == 5
    assert isinstance(check(intent("5", "sell"), state, MARKS, LIMITS), Allowed)


def test_the_exchanges_own_rules_are_limits_too() -> None:
    assert broken(check(intent("0.04"), account(), MARKS, LIMITS)) == ["minimum notional"]
    assert broken(check(intent("1.000001"), account(), MARKS, LIMITS)) == ["lot"]
    poor = check(intent("0.04"), account(cash="100"), MARKS, LIMITS)
    assert isinstance(poor, Denied)
    assert poor.passing_quantity == 0  # 2 % of 100 is below the smallest order


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "-Infinity"])
def test_a_quantity_that_is_none_is_denied(quantity: str) -> None:
    denied = check(intent(quantity), account(), MARKS, LIMITS)
    assert isinstance(denied, Denied)
    assert denied.passing_quantity == 2


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity"])
def test_a_price_that_is_none_is_denied(price: str) -> None:
    denied = check(intent("1", price=price), account(), MARKS, LIMITS)
    assert broken(denied) == ["price"]
    assert isinstance(denied, Denied)
    assert denied.passing_quantity == 0


def test_an_account_without_equity_opens_nothing_but_closes() -> None:
    state = holding_account(("manual", "BTC/USDT", "-50", "100"))
    ruin = {"BTC/USDT": D(400)}
    denied = check(intent("1", "sell", "400"), state, ruin, LIMITS)
    assert "equity" in broken(denied)
    assert isinstance(check(intent("50", "buy", "400"), state, ruin, LIMITS), Allowed)


def test_large_figures_are_grouped_and_a_bound_is_never_rounded_up() -> None:
    state = replace(account(), cash=D("9999.77"))
    denied = check(intent("99999.9875"), state, MARKS, LIMITS)
    assert isinstance(denied, Denied)
    assert denied.reasons[-4].text == (
        "the order opens 100\u202f002.29 % of equity (9\u202f999\u202f998.75 USDT); "
        "the limit is 2 % per order (199.99 USDT)"
    )
