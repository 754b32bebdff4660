"""Waiting entries, margin, leverage, the loss at the stop and the number of positions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.fakes.fake_market import instrument_of
from tests.trading.ledger_events import account, holding_account
from tests.trading.limit_states import entry, waiting, with_leverage
from tests.trading.test_limits import MARKS, broken
from trading.account import AccountState
from trading.bounds import Limits
from trading.exposure import exposure
from trading.limits import Allowed, Denied, Intent, check, largest
from trading.measure import THIN_SPACE

D = Decimal
BTC = instrument_of("BTC/USDT")
WIDE = Limits(max_order_fraction=D(1), max_symbol_fraction=D(10), max_leverage_crypto=D(5))


def intent(quantity: str, **more: Any) -> Intent:
    return replace(Intent(BTC, "manual", "buy", D(quantity), D(100)), **more)


def denied(asked: Intent, state: AccountState, limits: Limits = WIDE) -> Denied:
    answer = check(asked, state, MARKS, limits)
    assert isinstance(answer, Denied)
    return answer


def test_a_waiting_entry_counts_for_its_symbol_as_if_it_were_filled() -> None:
    state = waiting(account(), entry("o", quantity="9"))
    assert broken(check(intent("1.5"), state, MARKS, Limits())) == ["symbol"]
    assert denied(intent("1.5"), state, Limits()).passing_quantity == 1
    elsewhere = waiting(account(), entry("o", "ETH/USDT", quantity="9"))
    assert isinstance(check(intent("1.5"), elsewhere, MARKS, Limits()), Allowed)


def test_the_order_that_fills_does_not_count_against_itself() -> None:
    state = waiting(account(), entry("o", quantity="9"), entry("p", quantity="0.5"))
    about_to_fill = intent("1.5", order_id="p")
    assert broken(check(about_to_fill, state, MARKS, Limits())) == ["symbol"]
    assert isinstance(check(replace(about_to_fill, quantity=D(1)), state, MARKS, Limits()), Allowed)
    assert isinstance(check(intent("1.5", order_id="o"), state, MARKS, Limits()), Allowed)


def test_exits_that_wait_open_nothing() -> None:
    state = waiting(
        holding_account(("manual", "BTC/USDT", "5", "100")),
        entry("o", side="sell", quantity="5", kind="stop", price="90", reduce_only=True),
    )
    assert exposure(state, MARKS) == exposure(replace(state, orders={}), MARKS)


def test_of_a_stop_limit_the_higher_of_trigger_and_limit_counts() -> None:
    state = waiting(account(), entry("o", kind="stop_limit", price="110", limit="115"))
    assert exposure(state, MARKS).of_symbol("BTC/USDT") == 115


def test_what_a_waiting_entry_would_close_opens_nothing() -> None:
    held = holding_account(("manual", "BTC/USDT", "5", "100"))
    closing = waiting(held, entry("o", side="sell", quantity="5"))
    assert exposure(closing, MARKS) == exposure(held, MARKS)
    turning = waiting(held, *(entry(name, side="sell", quantity="3") for name in ("o", "p")))
    assert exposure(turning, MARKS).of_symbol("BTC/USDT") == 600
    assert exposure(turning, MARKS).margin == 600
    others = waiting(held, entry("o", side="sell", quantity="3", strategy="analyst"))
    assert exposure(others, MARKS).of_symbol("BTC/USDT") == 800


def test_an_order_that_turns_round_leaves_nothing_for_waiting_ones_to_close() -> None:
    held = holding_account(("manual", "BTC/USDT", "5", "100"))
    state = waiting(held, entry("o", side="sell", quantity="5"))
    limits = Limits(max_order_fraction=D(1))
    turn = intent("10", side="sell")
    assert isinstance(check(turn, state, MARKS, limits), Allowed)
    assert broken(check(replace(turn, quantity=D("10.1")), state, MARKS, limits)) == ["symbol"]


def test_margin_is_shared_by_positions_waiting_entries_and_the_order() -> None:
    held = with_leverage(holding_account(("a", "ETH/USDT", "100", "100")), "2")
    state = waiting(held, entry("o", "ETH/USDT", quantity="20", leverage="1"))
    free = intent("30")  # 10,000 less 5,000 less 2,000
    assert isinstance(check(free, state, MARKS, WIDE), Allowed)
    answer = denied(intent("30.1"), state)
    assert broken(answer) == ["margin"]
    assert answer.passing_quantity == 30
    told = answer.reasons[0].text.replace(THIN_SPACE, " ")
    assert "tie up 10 010.00 USDT; the account has 10 000.00 USDT " in told
    assert largest(intent("1", leverage=D(3)), state, MARKS, WIDE) == 90


def test_open_profit_backs_no_margin_and_an_open_loss_eats_its_own() -> None:
    state = holding_account(("a", "ETH/USDT", "50", "100"))
    for mark in ("190", "100", "10"):
        prices = {**MARKS, "ETH/USDT": D(mark)}
        wide = WIDE.model_copy(update={"account_drawdown": D("0.99")})
        assert largest(intent("1"), state, prices, wide) == min(50, D(100) + (D(mark) - 100) / 2)


def test_without_money_of_its_own_an_account_opens_nothing() -> None:
    ruined = holding_account(("a", "ETH/USDT", "50", "100"))
    state = replace(ruined, cash=D(-5_100))
    answer = denied(intent("1"), state)
    assert "margin" not in broken(answer)
    rich = check(intent("1"), state, {**MARKS, "ETH/USDT": D(300)}, WIDE)
    assert broken(rich) == ["margin"]


def test_turning_round_sets_the_old_margin_free() -> None:
    state = holding_account(("manual", "BTC/USDT", "100", "100"))
    assert largest(intent("1", side="sell"), state, MARKS, WIDE) == 200


def test_an_order_has_no_more_leverage_than_its_class_may_have() -> None:
    answer = denied(intent("1", leverage=D(4)), account(), Limits())
    assert broken(answer) == ["order leverage"]
    assert answer.passing_quantity == 0
    assert answer.reasons[0].text == (
        "the order's leverage is 4 ×; the limit for crypto is 3 ×: choose 3 or less"
    )
    assert isinstance(check(intent("1", leverage=D(3)), account(), MARKS, Limits()), Allowed)


def test_leverage_one_is_none_whatever_the_limit() -> None:
    half = Limits(max_leverage_crypto=D("0.5"))
    assert isinstance(check(intent("1"), account(), MARKS, half), Allowed)


@pytest.mark.parametrize("leverage", ["0.5", "0", "-1", "NaN", "Infinity"])
def test_a_leverage_that_is_none_is_denied_but_closing_goes_on(leverage: str) -> None:
    assert broken(check(intent("1", leverage=D(leverage)), account(), MARKS, WIDE))
    state = holding_account(("manual", "BTC/USDT", "5", "100"))
    leaving = intent("5", side="sell", leverage=D(leverage))
    assert isinstance(check(leaving, state, MARKS, WIDE), Allowed)


def test_the_loss_at_the_stop_is_a_limit() -> None:
    answer = denied(intent("2", risk=D(60)), account(), Limits())
    assert broken(answer) == ["loss at stop"]
    assert answer.passing_quantity == D("1.66666")  # 1 % of 10,000 at 60 a unit
    assert answer.reasons[0].text == (
        "its stop would lose 1.2 % of equity (120.00 USDT); the limit is 1 % (100.00 USDT): "
        "a nearer stop or a smaller size"
    )


def test_only_what_is_opened_can_be_lost_at_the_stop() -> None:
    state = holding_account(("manual", "BTC/USDT", "5", "100"))
    turning = intent("6", side="sell", risk=D(90))
    assert isinstance(check(turning, state, MARKS, Limits()), Allowed)


def test_a_position_too_many_is_denied_and_one_that_grows_is_not() -> None:
    three = Limits(max_positions=3)
    state = waiting(
        holding_account(("a", "BTC/USDT", "1", "100"), ("b", "BTC/USDT", "1", "100")),
        entry("o", "ETH/USDT", strategy="a"),
    )
    answer = denied(intent("1"), state, three)
    assert broken(answer) == ["positions"]
    assert answer.passing_quantity == 0
    assert "position number 4; the limit is 3" in answer.reasons[0].text
    grows = intent("1", strategy="a")
    assert isinstance(check(grows, state, MARKS, three), Allowed)
    same = Intent(instrument_of("ETH/USDT"), "a", "buy", D(1), D(100))
    assert isinstance(check(same, state, MARKS, three), Allowed)
    fills = replace(same, order_id="o")
    assert isinstance(check(fills, state, MARKS, three), Allowed)


def test_the_nearest_limit_is_the_one_with_the_largest_used_share() -> None:
    def nearest(asked: Intent, limits: Limits = WIDE) -> str:
        answer = check(asked, account(), MARKS, limits)
        assert isinstance(answer, Allowed)
        return answer.nearest

    assert nearest(intent("1")) == "10 open positions (1 used)"
    assert nearest(intent("1", risk=D(50))) == "1 % lost at the stop (0.5 % used)"
    assert nearest(intent("1", leverage=D(4))) == "leverage 5 × of an order (4 × used)"
    assert nearest(intent("90")) == "100 % per order (90 % used)"
    symbol = Limits(max_order_fraction=D(1), max_symbol_fraction=D("0.5"))
    assert nearest(intent("20"), symbol) == "50 % per symbol (20 % used)"
    crypto = Limits(max_order_fraction=D(1), max_symbol_fraction=D(10), max_leverage_crypto=D(1))
    assert nearest(intent("50"), crypto) == "100 % per order (50 % used)"
