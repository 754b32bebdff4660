"""What people write after /limits, right and wrong."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.limit_words import changed_by
from trading.bounds import PROFILES, Limits
from trading.errors import BadArgument
from trading.limit_changes import changes, profile_of

D = Decimal
USUAL = Limits()


def after(text: str, now: Limits = USUAL) -> Limits:
    chosen = changed_by(text.split())(now)
    assert chosen is not None
    return chosen


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("order 3%", "max_order_fraction", D("0.03")),
        ("order 3 %", "max_order_fraction", D("0.03")),
        ("order 2,5%", "max_order_fraction", D("0.025")),
        ("ORDER 0.03", "max_order_fraction", D("0.03")),
        ("order 3\u202f%", "max_order_fraction", D("0.03")),
        ("symbol 150%", "max_symbol_fraction", D("1.5")),
        ("loss 0.5%", "max_loss_fraction", D("0.005")),
        ("loss at stop 2%", "max_loss_fraction", D("0.02")),
        ("daily loss 2 %", "daily_loss", D("0.02")),
        ("daily 3%", "daily_loss", D("0.03")),
        ("leverage 2", "max_leverage_crypto", D(2)),
        ("leverage crypto 2.5x", "max_leverage_crypto", D("2.5")),
        ("leverage other 1 ×", "max_leverage_other", D(1)),
        ("drawdown account 7%", "account_drawdown", D("0.07")),
        ("drawdown strategies 4%", "strategy_drawdown", D("0.04")),
        ("drawdown analyst 4%", "drawdowns", {"analyst": D("0.04")}),
        ("drawdown sma_cross 6.4%", "drawdowns", {"sma_cross": D("0.064")}),
        ("positions 5", "max_positions", 5),
        ("cooldown 30m", "cooldown_minutes", 30),
        ("cooldown 2 h", "cooldown_minutes", 120),
        ("cooldown 45", "cooldown_minutes", 45),
        ("price age 15s", "quote_seconds", 15),
        ("price 10", "quote_seconds", 10),
        ("allow BTC/USDT ETH/USDT", "allowed", ("BTC/USDT", "ETH/USDT")),
        ("allow btc, eth", "allowed", ("BTC/USDT", "ETH/USDT")),
        ("block doge", "blocked", ("DOGE/USDT",)),
        ("block DOGE/USDT DOGE/USDT", "blocked", ("DOGE/USDT",)),
    ],
)
def test_words_change_one_limit(text: str, field: str, value: object) -> None:
    changed = after(text)
    assert getattr(changed, field) == value
    assert {one.field for one in changes(USUAL, changed)} == {field}


def test_profiles_and_the_desks_own() -> None:
    blocking = after("block DOGE/USDT")
    for name, profile in PROFILES.items():
        chosen = after(name.title(), blocking)
        assert profile_of(chosen) == name
        assert chosen.max_order_fraction == profile.max_order_fraction
        assert chosen.blocked == ("DOGE/USDT",)
    assert changed_by(["default"])(blocking) is None


def test_cooldown_off_and_a_strategys_own_drawdown_taken_back() -> None:
    assert after("cooldown off", Limits(cooldown_minutes=30)).cooldown_minutes == 0
    own = after("drawdown analyst 4%")
    assert after("drawdown analyst default", own).drawdowns == {}
    two = after("drawdown manual 3%", own)
    assert two.drawdowns == {"analyst": D("0.04"), "manual": D("0.03")}


def test_allowing_a_blocked_symbol_does_not_forbid_all_others() -> None:
    blocked = after("block DOGE/USDT")
    assert after("allow DOGE/USDT", blocked) == USUAL
    only = after("allow BTC/USDT")
    assert after("allow ETH/USDT", only).allowed == ("BTC/USDT", "ETH/USDT")
    assert after("allow all", only) == USUAL
    assert after("unblock DOGE", blocked) == USUAL
    assert after("block none", blocked) == USUAL


def test_blocking_an_allowed_symbol_takes_it_off_that_list() -> None:
    only = after("allow BTC/USDT ETH/USDT")
    changed = after("block ETH/USDT", only)
    assert (changed.allowed, changed.blocked) == (("BTC/USDT",), ("ETH/USDT",))
    with pytest.raises(BadArgument, match="no symbol at all"):
        after("block BTC/USDT", changed)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Usage: /limits"),
        ("nonsense 3%", "'nonsense' is no limit"),
        ("order", "A percentage is missing"),
        ("order much", "'much' is no percentage; write it as 3%"),
        ("order 3", "Is 3 a percentage? Then write 3%"),
        ("order 0%", "The limit per order must be above 0 and at most 100.0 %"),
        ("order 101%", "at most 100.0 %"),
        ("order -3%", "is no percentage"),
        ("order 1e400%", "is no percentage"),
        ("order nan", "is no percentage"),
        ("order 9999999999%", "is no percentage"),
        ("order ٣%", "is no percentage"),
        ("daily loss 200%", "daily loss must be above 0 and at most 100.0 %"),
        ("leverage", "Write it as /limits leverage 2"),
        ("leverage 50", "leverage of crypto must be above 0 and at most 20 ×"),
        ("drawdown 5%", "Whose drawdown?"),
        ("drawdown account 100%", "account drawdown must be above 0 and below 100.0 %"),
        ("drawdown analist 5%", "'analist' is no strategy. Use one of analyst, manual, "),
        ("positions none", "Write it as /limits positions 5"),
        ("positions 0", "open positions must be at least 1 and at most 1000"),
        ("cooldown soon", "Write it as /limits cooldown 30m"),
        ("cooldown 30d", "cooldown after a stop must be at least 0 and at most 10080 min"),
        ("price age 60s", "oldest price must be at least 1 s and at most 30 s"),
        ("allow", "Which symbols? Write /limits allow BTC/USDT"),
        ("block ???", "'???' is no symbol; write it as BTC/USDT. Write /limits block DOGE"),
        ("careful please", "'careful' is no limit"),
        ("default now", "'default' is no limit"),
    ],
)
def test_wrong_words_say_what_to_write(text: str, says: str) -> None:
    with pytest.raises(BadArgument) as caught:
        after(text)
    assert says in str(caught.value)


FIRST = st.sampled_from(["", "order", "block", "allow", "drawdown", "cooldown"])


@given(st.lists(st.text(max_size=12), max_size=4), FIRST)
def test_whatever_is_written_is_read_or_refused(words: list[str], first: str) -> None:
    with contextlib.suppress(BadArgument):
        chosen = changed_by([first, *words] if first else words)(USUAL)
        assert chosen is None or Limits.model_validate(chosen.model_dump()) == chosen
